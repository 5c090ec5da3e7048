// What Chromium has of the File System API beyond what every browser has (https://wicg.github.io/file-system-access/).
interface FileSystemHandle {
  queryPermission?(what: { mode: "read" }): Promise<PermissionState>;
  requestPermission?(what: { mode: "read" }): Promise<PermissionState>;
}

interface DataTransferItem {
  getAsFileSystemHandle?(): Promise<FileSystemHandle | null>;
}

interface Window {
  showOpenFilePicker?(options: { multiple: boolean }): Promise<FileSystemFileHandle[]>;
  showDirectoryPicker?(options: { mode: "read" }): Promise<FileSystemDirectoryHandle>;
}
