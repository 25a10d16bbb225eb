namespace Cavra.Actors.WorkerAgent.Journal;

/// <summary>Reads a journal at start and decides what its end means.</summary>
internal static class JournalReader
{
    /// <summary>Applies every whole line.</summary>
    /// <returns>Where the last whole line ends. A torn last batch, from a crash in the middle of a write, was never acknowledged and is left out.</returns>
    /// <exception cref="JournalException">A line that was durable is damaged: the file was changed by someone else.</exception>
    internal static long Read(ReadOnlySpan<byte> content, JournalState state)
    {
        var whole = 0;
        var number = 1;
        while (NextLine(content[whole..]) is { } length)
        {
            if (JournalLine.Decode(content.Slice(whole, length)) is not { } line)
            {
                RefuseDamage(content[(whole + length + 1)..], whole, number);
                return whole;
            }

            state.Apply(line.Record);
            whole += length + 1;
            number++;
        }

        return whole;
    }

    private static int? NextLine(ReadOnlySpan<byte> content) => content.IndexOf((byte)'\n') is var length and >= 0 ? length : null;

    private static void RefuseDamage(ReadOnlySpan<byte> rest, long damagedAt, int number)
    {
        while (NextLine(rest) is { } length)
        {
            // A batch is written only when the one before it is durable.
            if (JournalLine.Decode(rest[..length]) is { } line && line.BatchStart > damagedAt)
                throw new JournalException($"line {number} of the journal is damaged; move the file away to start without it (what it says about started steps is lost then)");
            rest = rest[(length + 1)..];
        }
    }
}
