using System.IO.Pipes;
using System.Text.Json;
using Microsoft.Win32.SafeHandles;

namespace Cavra.Actors.WorkerAgent.Sandbox;

/// <summary>Reads what bwrap says about itself: one JSON object per line, first the child's number, at the end the exit code.</summary>
internal sealed class SandboxStatusReader : IDisposable
{
    // bwrap writes about 200 bytes; more than this is not bwrap.
    private const int MaximumBytes = 8 * 1024;
    private readonly AnonymousPipeClientStream _pipe;
    private readonly byte[] _buffer = new byte[MaximumBytes];
    private int _start;
    private int _end;

    internal SandboxStatusReader(SafeFileHandle read)
    {
        _pipe = new AnonymousPipeClientStream(PipeDirection.In, new SafePipeHandle(read.DangerousGetHandle(), ownsHandle: true));
        read.SetHandleAsInvalid();
    }

    /// <summary>The number of the sandbox's first process, or null when bwrap gave up before it had one.</summary>
    internal Task<int?> ReadChild(CancellationToken cancel) => Read("child-pid", cancel);

    /// <summary>The command's exit code (128 + signal when a signal ended it), or null when it never started or bwrap was killed.</summary>
    internal Task<int?> ReadExit(CancellationToken cancel) => Read("exit-code", cancel);

    public void Dispose() => _pipe.Dispose();

    private async Task<int?> Read(string property, CancellationToken cancel)
    {
        while (await ReadLine(cancel) is { } line)
        {
            using var json = JsonDocument.Parse(line);
            if (json.RootElement.TryGetProperty(property, out var value))
                return value.GetInt32();
        }

        return null;
    }

    private async Task<ReadOnlyMemory<byte>?> ReadLine(CancellationToken cancel)
    {
        while (true)
        {
            var length = _buffer.AsSpan(_start, _end - _start).IndexOf((byte)'\n');
            if (length >= 0)
            {
                var line = _buffer.AsMemory(_start, length);
                _start += length + 1;
                return line;
            }

            if (_end == _buffer.Length)
                return null;
            var read = await _pipe.ReadAsync(_buffer.AsMemory(_end), cancel);
            if (read == 0)
                return null;
            _end += read;
        }
    }
}
