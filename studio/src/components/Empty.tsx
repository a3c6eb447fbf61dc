// What stands in place of a chart without data.

export function Empty({ reason }: { reason?: string }) {
  return <p class="empty">{reason ?? "No data: this run recorded nothing here."}</p>;
}
