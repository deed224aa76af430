/** Offers bytes as a file to be kept. */
export const download = (name: string, type: string, bytes: DataView | undefined): void => {
  const blob = new Blob(bytes ? [bytes as unknown as BlobPart] : [], { type });
  const link = document.createElement("a");
  link.href = URL.createObjectURL(blob);
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
};
