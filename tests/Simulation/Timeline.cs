using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace Cavra.Actors.Simulation;

/// <summary>What happened in a run, a line each; its digest tells whether two runs were the same to the byte.</summary>
internal sealed class Timeline(TimeProvider time, DateTimeOffset start) : IDisposable
{
    private const int MostKept = 20_000;
    private readonly IncrementalHash _hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
    private readonly List<string> _lines = [];

    public IReadOnlyList<string> Lines => _lines;

    public long Count { get; private set; }

    public void Add(string who, string what)
    {
        var at = (time.GetUtcNow() - start).TotalSeconds;
        var line = string.Create(CultureInfo.InvariantCulture, $"{at,10:0.000}  {who,-10}  {what}");
        _hash.AppendData(Encoding.UTF8.GetBytes(line + "\n"));
        Count++;
        if (_lines.Count < MostKept) _lines.Add(line);
    }

    public string Digest() => Convert.ToHexStringLower(_hash.GetCurrentHash());

    public void Dispose() => _hash.Dispose();
}
