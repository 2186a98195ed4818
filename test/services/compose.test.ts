import Ajv from 'ajv';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { SEARCH_ATTRIBUTES } from '../../src/names';
import { PINS } from '../../src/services/pins';

const ROOT = join(__dirname, '..', '..');
const text = readFileSync(join(ROOT, 'docker-compose.yml'), 'utf8');

const strings = { type: 'array', items: { type: 'string' } };
const stringMap = { type: 'object', additionalProperties: { type: ['string', 'number', 'boolean'] } };

/** The part of the compose specification that the file uses; anything else in it is a mistake. */
const schema = {
  type: 'object',
  additionalProperties: false,
  required: ['services'],
  properties: {
    name: { type: 'string', pattern: '^[a-z0-9][a-z0-9_-]*$' },
    volumes: { type: 'object', additionalProperties: { type: 'null' } },
    configs: {
      type: 'object',
      additionalProperties: {
        type: 'object',
        additionalProperties: false,
        required: ['content'],
        properties: { content: { type: 'string' } },
      },
    },
    services: {
      type: 'object',
      additionalProperties: {
        type: 'object',
        additionalProperties: false,
        oneOf: [{ required: ['image'] }, { required: ['build'] }],
        properties: {
          image: { type: 'string', pattern: '^[a-z0-9./-]+:[0-9]+(\\.[0-9]+)+(-[a-z0-9-]+)?$' },
          build: { type: 'string' },
          restart: { type: 'string', pattern: '^(no|always|unless-stopped|on-failure(:[0-9]+)?)$' },
          profiles: strings,
          command: strings,
          entrypoint: strings,
          user: { type: 'string' },
          network_mode: { enum: ['host'] },
          stop_grace_period: { type: 'string', pattern: '^[0-9]+s$' },
          environment: stringMap,
          ports: { type: 'array', items: { type: 'string', pattern: '^127\\.0\\.0\\.1:[0-9]+:[0-9]+$' } },
          volumes: strings,
          configs: {
            type: 'array',
            items: {
              type: 'object',
              additionalProperties: false,
              required: ['source', 'target'],
              properties: { source: { type: 'string' }, target: { type: 'string' } },
            },
          },
          depends_on: {
            type: 'object',
            additionalProperties: {
              type: 'object',
              additionalProperties: false,
              required: ['condition'],
              properties: {
                condition: { enum: ['service_started', 'service_healthy', 'service_completed_successfully'] },
              },
            },
          },
          healthcheck: {
            type: 'object',
            additionalProperties: false,
            required: ['test'],
            properties: {
              test: { type: 'array', items: { type: 'string' }, minItems: 2 },
              interval: { type: 'string' },
              start_period: { type: 'string' },
              retries: { type: 'integer' },
            },
          },
        },
      },
    },
  },
};

interface Service {
  readonly image?: string;
  readonly depends_on?: Readonly<Record<string, { readonly condition: string }>>;
  readonly healthcheck?: object;
  readonly volumes?: readonly string[];
  readonly configs?: readonly { readonly source: string }[];
  readonly entrypoint?: readonly string[];
  readonly command?: readonly string[];
}
interface Compose {
  readonly services: Readonly<Record<string, Service>>;
  readonly volumes: Readonly<Record<string, null>>;
  readonly configs: Readonly<Record<string, { readonly content: string }>>;
}
const compose = parse(text) as Compose;
const services = Object.entries(compose.services);

describe('docker-compose.yml', () => {
  test('fits the compose schema, with every image at an exact tag and every port on loopback', () => {
    const validate = new Ajv({ allErrors: true, allowUnionTypes: true }).compile(schema);
    validate(compose);
    expect(validate.errors).toBeNull();
  });

  test('names only services, volumes and configs that are there', () => {
    for (const [name, service] of services) {
      for (const [other, { condition }] of Object.entries(service.depends_on ?? {})) {
        expect([name, Object.keys(compose.services)]).toEqual([name, expect.arrayContaining([other])]);
        if (condition === 'service_healthy') expect(compose.services[other]?.healthcheck).toBeDefined();
      }
      const named = (service.volumes ?? [])
        .map((volume) => volume.split(':')[0] ?? '')
        .filter((from) => /^[a-z]+$/.test(from));
      expect(Object.keys(compose.volumes)).toEqual(expect.arrayContaining(named));
      expect(Object.keys(compose.configs)).toEqual(
        expect.arrayContaining((service.configs ?? []).map(({ source }) => source)),
      );
    }
  });

  test('uses exactly the variables of .env.example', () => {
    const used = [...text.matchAll(/\$\{([A-Z0-9_]+)/g)].map(([, name]) => name);
    const example = readFileSync(join(ROOT, '.env.example'), 'utf8');
    const listed = [...example.matchAll(/^([A-Z0-9_]+)=/gm)].map(([, name]) => name);
    expect([...new Set(used)].sort()).toEqual([...listed].sort());
  });

  test('the defaults of .env.example are those of the file', () => {
    const example = readFileSync(join(ROOT, '.env.example'), 'utf8');
    const defaults = new Map([...example.matchAll(/^([A-Z0-9_]+)=(.+)$/gm)].map(([, name, value]) => [name, value]));
    for (const [, name, value] of text.matchAll(/\$\{([A-Z0-9_]+):-([^}]+)\}/g)) {
      expect(`${name}=${defaults.get(name)}`).toBe(`${name}=${value}`);
    }
  });

  test("the store's access rules are JSON, and it has the version that `nbflow up` installs", () => {
    const rules = (compose.configs['store-access']?.content ?? '').replace(/\$\{[^}]+\}/g, 'x');
    expect(JSON.parse(rules)).toMatchObject({
      identities: [{ name: 'anonymous', actions: ['Read:x'] }, { name: 'nbflow' }],
    });
    expect(compose.services['store']?.image).toBe(`chrislusf/seaweedfs:${PINS.weed.version}`);
  });

  test('every search attribute of ours is registered', () => {
    expect(compose.services['search-attributes']?.command?.filter((word) => word !== '--name')).toEqual(
      Object.values(SEARCH_ATTRIBUTES),
    );
  });
});

describe('the Dockerfile', () => {
  const dockerfile = readFileSync(join(ROOT, 'Dockerfile'), 'utf8');

  test('builds from exact tags in two stages and does not run as root', () => {
    const images = [...dockerfile.matchAll(/^FROM (\S+)/gm)].map(([, image]) => image);
    expect(images).toHaveLength(2);
    for (const image of images) expect(image).toMatch(/:\d+\.\d+\.\d+-/);
    expect(dockerfile.lastIndexOf('\nUSER node')).toBeGreaterThan(dockerfile.lastIndexOf('FROM'));
  });

  test('copies only what .dockerignore lets through', () => {
    const allowed =
      readFileSync(join(ROOT, '.dockerignore'), 'utf8')
        .match(/^!.+$/gm)
        ?.map((line) => line.slice(1)) ?? [];
    const copied = [...dockerfile.matchAll(/^COPY (?!--from)(.+) \S+$/gm)].flatMap(([, list]) =>
      (list ?? '').split(' '),
    );
    expect(allowed.sort()).toEqual([...new Set(copied)].sort());
  });
});
