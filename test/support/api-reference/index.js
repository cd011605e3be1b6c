import { Application, Converter, Logger } from 'typedoc';

/** Keeps what typedoc has to say. */
class Notes extends Logger {
  lines = [];

  addContext(message) {
    return message;
  }

  log(message, level) {
    if (level >= 2) this.lines.push(String(message));
  }
}

/** Writes a page for each entry point; see index.d.ts. */
export async function writeReference({ entries, tsconfig, out }) {
  const notes = new Notes();
  const app = await Application.bootstrapWithPlugins({
    logLevel: 'Warn',
    entryPoints: entries.map(({ path }) => path),
    tsconfig,
    plugin: [import.meta.resolve('typedoc-plugin-markdown')],
    out,
    readme: 'none',
    name: 'API',
    // the type check is a step of its own, under the project's compiler
    skipErrorChecking: true,
    disableSources: true,
    excludeExternals: true,
    excludePrivate: true,
    excludeInternal: true,
    validation: { notExported: true, invalidLink: true, notDocumented: false },
    outputFileStrategy: 'modules',
    flattenOutputFiles: true,
    hideBreadcrumbs: true,
    hidePageHeader: true,
    interfacePropertiesFormat: 'table',
    classPropertiesFormat: 'table',
    typeAliasPropertiesFormat: 'table',
    parametersFormat: 'table',
    propertyMembersFormat: 'table',
    typeDeclarationFormat: 'table',
    enumMembersFormat: 'table',
    tableColumnSettings: { hideModifiers: true, hideInherited: true, hideOverrides: true, hideSources: true },
    useCodeBlocks: true,
    expandObjects: true,
    sanitizeComments: true,
  });
  app.logger = notes;
  app.converter.on(Converter.EVENT_RESOLVE_BEGIN, ({ project }) => {
    for (const [k, module] of (project.children ?? []).entries()) module.name = entries[k].name;
  });
  const project = await app.convert();
  if (project === undefined) throw new Error(`typedoc could not read the sources: ${notes.lines.join('\n')}`);
  app.validate(project);
  await app.generateOutputs(project);
  return notes.lines;
}
