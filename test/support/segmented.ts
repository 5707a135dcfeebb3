/** The texts that are taken apart into characters meanwhile, which is most of what it costs to lay a text out. */
export const segmentedBy = async (work: () => unknown): Promise<string[]> => {
  const { segment } = Intl.Segmenter.prototype;
  const texts: string[] = [];
  Intl.Segmenter.prototype.segment = function (text) {
    texts.push(text);
    return segment.call(this, text);
  };
  try {
    await work();
  } finally {
    Intl.Segmenter.prototype.segment = segment;
  }
  return texts;
};
