/** Editing the first tab of a storyboard as an editor does: read, changed, written anew as a whole. */

export interface EditedNode {
  id: number;
  title: string;
  properties: { text: string } & Record<string, unknown>;
  inputs: { name: string; link: number | null }[];
  outputs: { links: number[] }[];
}

export interface EditedGraph {
  nodes: EditedNode[];
  links: [number, number, number, number, number, string][];
}

/** Throws a plain Error when a title that `node` is asked for is not there. */
export function editedText(
  text: string,
  change: (graph: EditedGraph, node: (title: string) => EditedNode) => void,
): string {
  const document = JSON.parse(text) as { tabs: [{ graphData: EditedGraph }] };
  const graph = document.tabs[0].graphData;
  change(graph, (title) => {
    const found = graph.nodes.find((node) => node.title === title);
    if (!found) throw new Error(`no node is called ${title}`);
    return found;
  });
  return JSON.stringify(document, null, 2);
}
