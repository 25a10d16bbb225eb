using System.Diagnostics;
using Cavra.Actors.Bench.Report;

namespace Cavra.Actors.Bench.Load;

/// <summary>So many clients, each sending its next request when the last was answered, for a time.</summary>
internal static class ClosedLoop
{
    /// <summary>Runs the loop; answers requests per second and their latencies. A request that does not end well ends the run: numbers of failures mean nothing.</summary>
    internal static async Task<(double PerSecond, Latencies Latencies)> Run(
        Uri address, int clients, TimeSpan duration, Func<int, long, byte[]> request, Action<int, ReadOnlyMemory<byte>> check, CancellationToken cancellation)
    {
        var latencies = new Latencies();
        var clock = Stopwatch.StartNew();
        await Task.WhenAll(Enumerable.Range(0, clients).Select(async client =>
        {
            using var connection = new HttpConnection();
            await connection.Open(address, cancellation);
            var own = new List<double>(4096);
            for (long n = 0; clock.Elapsed < duration; n++)
            {
                var bytes = request(client, n);
                var start = Stopwatch.GetTimestamp();
                var (status, body) = await connection.Send(bytes, cancellation);
                own.Add(Stopwatch.GetElapsedTime(start).TotalMilliseconds);
                check(status, body);
            }

            latencies.Add(own);
        }));
        return (latencies.Count / clock.Elapsed.TotalSeconds, latencies);
    }
}
