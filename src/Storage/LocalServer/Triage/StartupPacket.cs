using System.Buffers.Binary;
using System.Text;

namespace Cavra.Actors.Storage.LocalServer.Triage;

/// <summary>The first packet of PostgreSQL's protocol 3: who wants to connect, and where to.</summary>
/// <param name="Bytes">As it came; passed on unchanged.</param>
/// <param name="Parameters">Names and values.</param>
internal sealed record StartupPacket(ReadOnlyMemory<byte> Bytes, IReadOnlyDictionary<string, string> Parameters)
{
    private const int MaxBytes = 10_000; // PostgreSQL's own limit (MAX_STARTUP_PACKET_LENGTH).
    private const int SslRequest = 80877103;
    private const int GssEncryptionRequest = 80877104;

    /// <summary>Reads it; null when the other side asks for something else, goes away, or sends what no client sends.</summary>
    internal static async Task<StartupPacket?> ReadAsync(Stream stream, CancellationToken stop)
    {
        // A client may ask for encryption first, once for each kind; both are declined.
        for (var requests = 0; requests <= 2; requests++)
        {
            var head = new byte[8];
            if (await stream.ReadAtLeastAsync(head, head.Length, throwOnEndOfStream: false, stop) < head.Length) return null;
            var length = BinaryPrimitives.ReadInt32BigEndian(head);
            var code = BinaryPrimitives.ReadInt32BigEndian(head.AsSpan(4));
            if (length == 8 && code is SslRequest or GssEncryptionRequest)
            {
                await stream.WriteAsync("N"u8.ToArray(), stop);
                continue;
            }
            if (length is <= 8 or > MaxBytes || code >> 16 != 3) return null;
            var bytes = new byte[length];
            head.CopyTo(bytes, 0);
            await stream.ReadExactlyAsync(bytes.AsMemory(8), stop);
            return Parse(bytes);
        }
        return null;
    }

    private static StartupPacket? Parse(byte[] bytes)
    {
        var texts = Encoding.UTF8.GetString(bytes, 8, bytes.Length - 8).Split('\0');
        var parameters = new Dictionary<string, string>(StringComparer.Ordinal);
        // name, value, ..., then the empty name that ends the list, then what follows the last NUL.
        for (var i = 0; i + 1 < texts.Length && texts[i].Length > 0; i += 2)
        {
            // Of two values for one name the server would take the last; nobody sends two honestly.
            if (!parameters.TryAdd(texts[i], texts[i + 1])) return null;
        }
        return new StartupPacket(bytes, parameters);
    }
}
