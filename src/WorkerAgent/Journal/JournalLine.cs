using System.Globalization;
using System.Numerics;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json;

namespace Cavra.Actors.WorkerAgent.Journal;

/// <summary>
/// A journal line: checksum, where its batch starts in the file, JSON, line feed. JSON escapes line feeds, so a line is one record. The
/// batch tells a torn last write (never acknowledged) from damage to lines that counted.
/// </summary>
internal static class JournalLine
{
    private const int ChecksumDigits = 8;
    private const int BatchAt = ChecksumDigits + 1;
    private const int BatchDigits = 12;
    private const int JsonAt = BatchAt + BatchDigits + 1;

    /// <summary>A line that is not sealed yet.</summary>
    internal static byte[] Encode(JournalRecord record)
    {
        var json = JsonSerializer.SerializeToUtf8Bytes(record, JournalJson.Default.JournalRecord);
        var line = new byte[JsonAt + json.Length + 1];
        json.CopyTo(line, JsonAt);
        line[BatchAt - 1] = line[JsonAt - 1] = (byte)' ';
        line[^1] = (byte)'\n';
        return line;
    }

    /// <summary>Puts in the start of the batch and the checksum.</summary>
    internal static void Seal(Span<byte> line, long batchStart)
    {
        batchStart.TryFormat(line[BatchAt..], out _, "x12", CultureInfo.InvariantCulture);
        Checksum(line[BatchAt..^1]).TryFormat(line, out _, "x8", CultureInfo.InvariantCulture);
    }

    /// <returns>Null when the line is not whole: its checksum does not fit.</returns>
    internal static (JournalRecord Record, long BatchStart)? Decode(ReadOnlySpan<byte> line)
    {
        if (line.Length <= JsonAt)
            return null;
        Span<byte> expected = stackalloc byte[ChecksumDigits];
        Checksum(line[BatchAt..]).TryFormat(expected, out _, "x8", CultureInfo.InvariantCulture);
        if (!line[..ChecksumDigits].SequenceEqual(expected))
            return null;
        var batch = long.Parse(line.Slice(BatchAt, BatchDigits), NumberStyles.HexNumber, CultureInfo.InvariantCulture);
        var record = JsonSerializer.Deserialize(line[JsonAt..], JournalJson.Default.JournalRecord);
        return record is null ? throw new JournalException($"a journal line holds no record: {Encoding.UTF8.GetString(line[..JsonAt])}") : (record, batch);
    }

    private static uint Checksum(ReadOnlySpan<byte> bytes)
    {
        var sum = uint.MaxValue;
        foreach (var word in MemoryMarshal.Cast<byte, ulong>(bytes))
            sum = BitOperations.Crc32C(sum, word);
        foreach (var rest in bytes[(bytes.Length & ~7)..])
            sum = BitOperations.Crc32C(sum, rest);
        return ~sum;
    }
}
