/** Health of the embedded servers, by a real call to each; no client library, so that the supervisor stays small. */
import { request as httpRequest } from 'node:http';
import type { IncomingHttpHeaders } from 'node:http2';
import { connect } from 'node:http2';

const PATIENCE_MS = 3_000;
const DESCRIBE_NAMESPACE = '/temporal.api.workflowservice.v1.WorkflowService/DescribeNamespace';

/** A gRPC message of one string field, number 1, uncompressed: five bytes of frame, tag, length, text. */
function oneStringMessage(text: string): Buffer {
  const field = Buffer.concat([Buffer.from([0x0a, text.length]), Buffer.from(text)]);
  const frame = Buffer.alloc(5);
  frame.writeUInt32BE(field.length, 1);
  return Buffer.concat([frame, field]);
}

/** True when the Temporal server at this loopback port answers for its default namespace. */
export function isTemporalHealthy(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const session = connect(`http://127.0.0.1:${port}`);
    const end = (healthy: boolean): void => {
      session.destroy();
      resolve(healthy);
    };
    session.once('error', () => end(false));
    session.setTimeout(PATIENCE_MS, () => end(false));
    const call = session.request({
      ':method': 'POST',
      ':path': DESCRIBE_NAMESPACE,
      'content-type': 'application/grpc',
      te: 'trailers',
    });
    // An error without a body comes with its status in the headers, anything else in the trailers.
    call.once('response', (headers) => headers['grpc-status'] !== undefined && end(headers['grpc-status'] === '0'));
    call.once('trailers', (trailers: IncomingHttpHeaders) => end(trailers['grpc-status'] === '0'));
    call.once('error', () => end(false)).once('close', () => end(false));
    call.resume();
    call.end(oneStringMessage('default'));
  });
}

/** True when the store at this loopback port serves the bucket to anybody: a missing object must be a plain 404. */
export function isStoreHealthy(port: number, bucket: string): Promise<boolean> {
  return new Promise((resolve) => {
    const call = httpRequest(
      { host: '127.0.0.1', port, path: `/${bucket}/.health`, method: 'GET', timeout: PATIENCE_MS, agent: false },
      (response) => {
        let text = '';
        response.setEncoding('utf8').on('data', (part: string) => (text += part));
        response.once('end', () => resolve(response.statusCode === 404 && text.includes('NoSuchKey')));
        response.once('error', () => resolve(false));
      },
    );
    call.once('timeout', () => call.destroy()).once('error', () => resolve(false));
    call.end();
  });
}
