using System.Collections.Frozen;
using System.Security.Cryptography;
using System.Text.Json;

namespace Cavra.Actors.ApiHost.Identity;

/// <summary>
/// The issuer's public keys, from a JWKS file or URL (setting <c>CAVRA_JWKS</c>). An unknown key id makes it look again, at most once in 30 s, so that a
/// key rotation needs no restart and forged ids cost the issuer nothing.
/// </summary>
internal sealed partial class KeyRing(string source, HttpClient http, TimeProvider time, ILogger<KeyRing> logger) : IDisposable
{
    private const int MaxDocument = 1 << 18;
    private static readonly TimeSpan LookAgain = TimeSpan.FromSeconds(30);
    private readonly SemaphoreSlim _loading = new(1, 1);
    private FrozenDictionary<string, SigningKey> _keys = FrozenDictionary<string, SigningKey>.Empty;
    private DateTimeOffset _loadedAt;

    /// <summary>Loads the keys at start.</summary>
    /// <exception cref="InvalidOperationException">The document cannot be had or holds no usable key; the message says which setting.</exception>
    public async Task Load(CancellationToken cancellation)
    {
        try
        {
            _keys = Read(await Fetch(cancellation));
        }
        catch (Exception e) when (e is IOException or HttpRequestException or JsonException or FormatException or CryptographicException or UnauthorizedAccessException or TaskCanceledException)
        {
            throw new InvalidOperationException($"the issuer's keys cannot be read from {source} (setting CAVRA_JWKS): {e.Message}", e);
        }

        if (_keys.Count == 0) throw new InvalidOperationException($"{source} (setting CAVRA_JWKS) holds no ES256 or RS256 key with a key id");
        _loadedAt = time.GetUtcNow();
    }

    /// <summary>A key by its id; null when the issuer has none.</summary>
    public async ValueTask<SigningKey?> Find(string keyId, CancellationToken cancellation)
    {
        if (_keys.TryGetValue(keyId, out var key)) return key;
        if (time.GetUtcNow() - _loadedAt < LookAgain) return null;
        await _loading.WaitAsync(cancellation);
        try
        {
            if (time.GetUtcNow() - _loadedAt >= LookAgain)
            {
                _loadedAt = time.GetUtcNow();
                _keys = Read(await Fetch(cancellation));
            }
        }
        catch (Exception e) when (e is not OperationCanceledException || !cancellation.IsCancellationRequested)
        {
            ReloadFailed(source, e.Message);
        }
        finally
        {
            _loading.Release();
        }

        return _keys.GetValueOrDefault(keyId);
    }

    /// <inheritdoc/>
    public void Dispose() => _loading.Dispose();

    private async Task<string> Fetch(CancellationToken cancellation)
    {
        if (!Uri.TryCreate(source, UriKind.Absolute, out var uri) || uri.IsFile) return await File.ReadAllTextAsync(uri?.LocalPath ?? source, cancellation);
        if (uri.Scheme is not ("https" or "http")) throw new HttpRequestException("only https and http addresses are read");
        using var bound = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        bound.CancelAfter(TimeSpan.FromSeconds(5));
        http.MaxResponseContentBufferSize = MaxDocument;
        return await http.GetStringAsync(uri, bound.Token);
    }

    private static FrozenDictionary<string, SigningKey> Read(string json)
    {
        using var document = JsonDocument.Parse(json);
        var keys = new Dictionary<string, SigningKey>(StringComparer.Ordinal);
        foreach (var jwk in document.RootElement.GetProperty("keys").EnumerateArray())
        {
            if (SigningKey.From(jwk) is { } key) keys.TryAdd(key.KeyId, key);
        }

        return keys.ToFrozenDictionary(StringComparer.Ordinal);
    }
}
