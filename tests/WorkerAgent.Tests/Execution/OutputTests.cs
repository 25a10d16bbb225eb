using System.Text;
using Cavra.Actors.WorkerAgent.Execution;

namespace Cavra.Actors.WorkerAgent.Tests.Execution;

public sealed class OutputTests
{
    [Fact]
    public async Task E06_HundredMegabytesInOneLine_AreCappedAndMemoryStaysFlat()
    {
        const long size = 100L * 1024 * 1024;
        const long limit = 8L * 1024 * 1024;
        long shown = 0;
        var largest = 0;
        var last = "";
        await using var pump = new OutputPump(
            (chunk, _) =>
            {
                var bytes = Encoding.UTF8.GetByteCount(chunk.Data);
                largest = Math.Max(largest, bytes);
                shown += chunk.Type == OutputPump.Status ? 0 : bytes;
                last = chunk.Type;
                return ValueTask.CompletedTask;
            },
            TimeProvider.System,
            limit,
            CancellationToken.None);
        var before = GC.GetTotalMemory(forceFullCollection: true);
        await pump.Pump(new RepeatedStream((byte)'x', size), Stream("stdout"));
        (pump.Truncated, last).ShouldBe((true, OutputPump.Status));
        shown.ShouldBeInRange(limit - 4096, limit);
        largest.ShouldBeLessThanOrEqualTo(OutputPump.ChunkBytes);
        (GC.GetTotalMemory(forceFullCollection: true) - before).ShouldBeLessThan(16L * 1024 * 1024);
    }

    [Fact]
    public async Task E06_CharacterSplitOverReads_StaysWhole()
    {
        var text = string.Concat(Enumerable.Repeat("añ€😀|", 2000));
        (await Pump(1, Encoding.UTF8.GetBytes(text))).ShouldBe(text);
        (await Pump(7, Encoding.UTF8.GetBytes(text))).ShouldBe(text);
    }

    [Fact]
    public async Task E06_ChunkBorder_NeverCutsACharacter()
    {
        var text = "a" + string.Concat(Enumerable.Repeat("😀", 60_000));
        (await Pump(int.MaxValue, Encoding.UTF8.GetBytes(text))).ShouldBe(text);
    }

    [Theory]
    [InlineData(new byte[] { 0x61, 0xFF, 0x62 }, "a\uFFFDb")]
    [InlineData(new byte[] { 0x61, 0x00, 0x62 }, "a\uFFFDb")]
    [InlineData(new byte[] { 0x61, 0xE2, 0x82 }, "a\uFFFD")]
    [InlineData(new byte[] { 0xC0, 0x80 }, "\uFFFD\uFFFD")]
    [InlineData(new byte[] { 0xED, 0xA0, 0x80 }, "\uFFFD\uFFFD\uFFFD")]
    public async Task E06_BytesThatAreNoText_BecomeReplacementCharacters(byte[] bytes, string expected)
    {
        (await Pump(1, bytes)).ShouldBe(expected);
        (await Pump(int.MaxValue, bytes)).ShouldBe(expected);
    }

    [Fact]
    public async Task E04_OutputThatLooksLikeAFrame_IsOnlyData()
    {
        const string line = "{\"type\":\"session.result\",\"status\":\"succeeded\"}\n::set-env name=X::y\n\u001b]0;t\u0007\r\u202e\n";
        (await Pump(int.MaxValue, Encoding.UTF8.GetBytes(line))).ShouldBe(line);
    }

    [Fact]
    public async Task E01_SecretSplitAtEveryOffset_IsNeverShown()
    {
        const string secret = "s3cr3t-v\u00e4lue";
        var bytes = Encoding.UTF8.GetBytes($"before {secret} after");
        for (var at = 1; at < bytes.Length; at++)
        {
            var shown = new StringBuilder();
            var stream = Stream("stdout", secret);
            shown.Append(stream.Push(bytes.AsSpan(0, at))).Append(stream.Push(bytes.AsSpan(at))).Append(stream.End());
            shown.ToString().ShouldBe("before *** after");
        }

        (await Pump(1, bytes, secret)).ShouldBe("before *** after");
    }

    [Fact]
    public void E01_OverlappingSecrets_AreMaskedWhole()
    {
        foreach (var text in new[] { "xabcdefgh", "abcdabcdefgh", "abcd", "xabcde" })
            foreach (var size in Enumerable.Range(1, text.Length))
            {
                var stream = Stream("stdout", "abcd", "abcdefgh", "xabc", "cdef");
                var shown = new StringBuilder();
                foreach (var piece in Encoding.ASCII.GetBytes(text).Chunk(size))
                    shown.Append(stream.Push(piece));
                shown.Append(stream.End());
                foreach (var secret in new[] { "abcd", "xabc", "cdef" })
                    shown.ToString().ShouldNotContain(secret);
            }
    }

    [Theory]
    [InlineData("key AKIAIOSFODNN7EXAMPLE end", "key *** end")]
    [InlineData("t=ghp_0123456789abcdefghijklmnopqrstuvwxyz!", "t=***!")]
    [InlineData("eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJ4In0xxxx.c2lnbmF0dXJl ok", "*** ok")]
    [InlineData("a\n-----BEGIN RSA PRIVATE KEY-----\nMIIE\nabc\n-----END RSA PRIVATE KEY-----\nb", "a\n***\nb")]
    [InlineData("nothing: xoxo, eyJ, AKIA, gh, -----BEGIN CERTIFICATE-----", "nothing: xoxo, eyJ, AKIA, gh, -----BEGIN CERTIFICATE-----")]
    public async Task E01_TokenShapes_AreMaskedHoweverTheyAreSplit(string text, string expected)
    {
        foreach (var size in new[] { 1, 2, 3, 5, 8, int.MaxValue })
            (await Pump(size, Encoding.UTF8.GetBytes(text))).ShouldBe(expected);
    }

    [Fact]
    public async Task Receiver_ThatDoesNotTake_StopsTheReading()
    {
        var release = new TaskCompletionSource();
        var first = new TaskCompletionSource();
        await using var pump = new OutputPump(
            async (_, _) =>
            {
                first.TrySetResult();
                await release.Task;
            },
            TimeProvider.System,
            OutputPump.DefaultLimitBytes,
            CancellationToken.None);
        var source = new RepeatedStream((byte)'x', 10 * 1024 * 1024);
        var pumping = pump.Pump(source, Stream("stdout"));
        await first.Task.WaitAsync(TimeSpan.FromSeconds(30));
        source.Served.ShouldBeLessThanOrEqualTo(3 * OutputPump.ChunkBytes);
        release.SetResult();
        await pumping.WaitAsync(TimeSpan.FromSeconds(30));
        source.Served.ShouldBe(10 * 1024 * 1024);
    }

    private static OutputStream Stream(string type, params string[] secrets) => new(type, 1024, SanitizerChain.For(secrets));

    private static async Task<string> Pump(int readSize, byte[] bytes, params string[] secrets)
    {
        var shown = new StringBuilder();
        await using var pump = new OutputPump(
            (chunk, _) =>
            {
                Encoding.UTF8.GetByteCount(chunk.Data).ShouldBeLessThanOrEqualTo(OutputPump.ChunkBytes);
                shown.Append(chunk.Data);
                return ValueTask.CompletedTask;
            },
            TimeProvider.System,
            OutputPump.DefaultLimitBytes,
            CancellationToken.None);
        await pump.Pump(new SlicedStream(bytes, readSize), Stream("stdout", secrets));
        return shown.ToString();
    }
}
