import css from "./usage-bars.module.css";

type Day = Readonly<{ date: string; messages: number }>;

/** A bar for each day, the newest last; the numbers are a table for those who cannot see bars. */
export function UsageBars({ days }: { days: readonly Day[] }) {
  const oldestFirst = days.toReversed();
  const most = Math.max(1, ...days.map(({ messages }) => messages));
  return (
    <figure className={css.figure}>
      <div className={css.bars} aria-hidden="true">
        {oldestFirst.map(({ date, messages }) => (
          <span
            key={date}
            title={`${nameOf(date)}: ${messages}`}
            style={{ height: `${(messages / most) * 100}%` }}
            data-none={messages === 0 || undefined}
          />
        ))}
      </div>
      <table className="visually-hidden">
        <caption>Messages by day</caption>
        <tbody>
          {days
            .filter(({ messages }) => messages > 0)
            .map(({ date, messages }) => (
              <tr key={date}>
                <th scope="row">{nameOf(date)}</th>
                <td>{messages}</td>
              </tr>
            ))}
        </tbody>
      </table>
      <figcaption className={css.caption}>
        <span>{nameOf(oldestFirst[0]?.date)}</span>
        <span>{days.reduce((sum, { messages }) => sum + messages, 0).toLocaleString("en")} messages</span>
        <span>Today</span>
      </figcaption>
    </figure>
  );
}

/** Of a day as the API writes it, which is no moment: no time zone may move it. */
const nameOf = (date = ""): string =>
  date === ""
    ? ""
    : new Date(`${date}T00:00:00Z`).toLocaleDateString("en", { month: "short", day: "numeric", timeZone: "UTC" });
