// Numbers as people type them in their language, and as programs write them. The server reads by the same rule.

interface Signs {
  readonly group: string;
  readonly decimal: string;
}

function signsOf(language: string): Signs {
  const parts = new Intl.NumberFormat(language).formatToParts(12345.6);
  const sign = (type: string): string => parts.find((part) => part.type === type)?.value ?? "";
  return { group: sign("group"), decimal: sign("decimal") };
}

/** Returns a typed number as programs write it. What is none in that language stays as it is. */
export function asPlain(text: string, language: string): string {
  const { group, decimal } = signsOf(language);
  const typed = text.replace(/\s/g, "");
  if (!/^\d[\d.,'’]*$/.test(typed)) return text;
  const [whole = "", places, ...more] = typed.split(decimal);
  const groups = group.trim() ? whole.split(group) : [whole];
  const isGrouped = groups.length > 1;
  const fits = isGrouped ? /^[1-9]\d{0,2}$/.test(groups[0] ?? "") && groups.slice(1).every((part) => /^\d{3}$/.test(part)) : /^\d+$/.test(whole);
  if (!fits || more.length > 0 || (places !== undefined && !/^\d+$/.test(places))) return text;
  return groups.join("") + (places === undefined ? "" : `.${places}`);
}

/** Returns a program's number as people type it, without groups. */
export function asTyped(plain: string, language: string): string {
  return plain.replace(".", signsOf(language).decimal);
}
