using System.Buffers.Text;
using System.Net.Sockets;
using System.Text;

namespace Cavra.Actors.Bench.Load;

/// <summary>
/// One keep-alive HTTP/1.1 connection that sends prepared bytes and reads an answer with Content-Length or chunks. As thin as can be, since the client
/// shares the machine's cores with what is measured; used for ours and for the peers alike.
/// </summary>
internal sealed class HttpConnection : IDisposable
{
    private readonly Socket _socket = new(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
    private byte[] _buffer = new byte[64 * 1024];
    private int _filled;

    internal async Task Open(Uri address, CancellationToken cancellation) =>
        await _socket.ConnectAsync(address.Host, address.Port, cancellation);

    /// <summary>Sends a request and reads its answer: the status and the body's bytes (valid until the next call).</summary>
    internal async ValueTask<(int Status, ReadOnlyMemory<byte> Body)> Send(ReadOnlyMemory<byte> request, CancellationToken cancellation)
    {
        await _socket.SendAsync(request, SocketFlags.None, cancellation);
        _filled = 0;
        var headEnd = -1;
        while ((headEnd = _buffer.AsSpan(0, _filled).IndexOf("\r\n\r\n"u8)) < 0) await Fill(cancellation);
        if (!Utf8Parser.TryParse(_buffer.AsSpan(9), out int status, out _)) throw new IOException("the answer has no status line");
        var bodyStart = headEnd + 4;
        if (ContentLength(_buffer.AsSpan(0, bodyStart)) is { } length)
        {
            while (_filled < bodyStart + length) await Fill(cancellation);
            return (status, _buffer.AsMemory(bodyStart, length));
        }

        while (!_buffer.AsSpan(bodyStart, _filled - bodyStart).EndsWith("0\r\n\r\n"u8)) await Fill(cancellation);
        return (status, _buffer.AsMemory(bodyStart, _filled - bodyStart));
    }

    /// <summary>Prepares a POST.</summary>
    internal static byte[] Post(Uri address, string path, string body, params string[] headers) =>
        Encoding.UTF8.GetBytes($"POST {path} HTTP/1.1\r\nHost: {address.Authority}\r\nContent-Type: application/json\r\n{string.Concat(headers.Select(h => h + "\r\n"))}Content-Length: {Encoding.UTF8.GetByteCount(body)}\r\n\r\n{body}");

    public void Dispose() => _socket.Dispose();

    private async ValueTask Fill(CancellationToken cancellation)
    {
        if (_filled == _buffer.Length) Array.Resize(ref _buffer, _buffer.Length * 2);
        var read = await _socket.ReceiveAsync(_buffer.AsMemory(_filled), SocketFlags.None, cancellation);
        if (read == 0) throw new IOException("the server closed the connection in the middle of an answer");
        _filled += read;
    }

    private static int? ContentLength(ReadOnlySpan<byte> head)
    {
        const string name = "\r\ncontent-length:";
        for (var i = 0; i + name.Length < head.Length; i++)
        {
            if (head[i] != '\r' || !Ascii.EqualsIgnoreCase(head.Slice(i, name.Length), name)) continue;
            return Utf8Parser.TryParse(head[(i + name.Length)..].TrimStart((byte)' '), out int length, out _) ? length : null;
        }

        return null;
    }
}
