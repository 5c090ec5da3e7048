// What programs that keep files have in common. The public name; nothing else of this package may be imported.
export { Descriptor, toSeconds } from "./descriptor.ts";
export { isSame, openFolder, type Folder } from "./folder.ts";
export { FolderSync } from "./folder-sync.ts";
export { makeFolder } from "./make-folder.ts";
export { pace } from "./pace.ts";
