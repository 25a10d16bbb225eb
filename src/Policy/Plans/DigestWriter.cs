using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;

namespace Cavra.Actors.Plans;

/// <summary>
/// Feeds values into SHA-256 so that no two different sequences give the same bytes: each value has a kind and, where it varies, a length in front.
/// </summary>
internal sealed class DigestWriter : IDisposable
{
    private static readonly UTF8Encoding Strict = new(false, throwOnInvalidBytes: true);

    private readonly IncrementalHash _hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);

    public DigestWriter(string version) => Text(version);

    public DigestWriter Text(string? value)
    {
        if (value is null)
            return Header('0', 0);
        var bytes = Strict.GetBytes(value);
        Header('t', bytes.Length);
        _hash.AppendData(bytes);
        return this;
    }

    public DigestWriter Number(long? value) => value is { } number ? Header('n', number) : Header('0', 0);

    public DigestWriter Flag(bool value) => Header('b', value ? 1 : 0);

    public DigestWriter Texts(IReadOnlyCollection<string> values)
    {
        Header('l', values.Count);
        foreach (var value in values)
            Text(value);
        return this;
    }

    public DigestWriter List<T>(IReadOnlyCollection<T> values, Action<T> write)
    {
        Header('l', values.Count);
        foreach (var value in values)
            write(value);
        return this;
    }

    /// <summary>The digest, lower-case hex.</summary>
    public string Finish() => Convert.ToHexStringLower(_hash.GetHashAndReset());

    public void Dispose() => _hash.Dispose();

    private DigestWriter Header(char kind, long value)
    {
        Span<byte> header = stackalloc byte[9];
        header[0] = (byte)kind;
        BinaryPrimitives.WriteInt64BigEndian(header[1..], value);
        _hash.AppendData(header);
        return this;
    }
}
