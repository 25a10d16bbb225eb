using System.Collections.Concurrent;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;
using Cavra.Actors.Subjects;

namespace Cavra.Actors.ApiHost.Identity;

/// <summary>
/// Turns a bearer token into its caller. Verified tokens are kept by their SHA-256 until they expire, so that a request costs one hash; at most 10,000,
/// then the expired ones go, then all.
/// </summary>
internal sealed partial class Authenticator(TokenReader reader, RequestBudgets budgets, ISubjectDirectory directory, TimeProvider time, ILogger<Authenticator> logger)
{
    private const int MaxKept = 10_000;
    private const int MaxToken = 8 * 1024;
    private readonly ConcurrentDictionary<TokenHash, Caller> _known = new();

    /// <summary>The token of an <c>Authorization</c> header; null when it is not one bearer token.</summary>
    public static string? Bearer(HttpRequest request)
    {
        var header = request.Headers.Authorization;
        if (header.Count != 1 || header[0] is not { } value || !value.StartsWith("Bearer ", StringComparison.OrdinalIgnoreCase)) return null;
        return value[7..].Trim();
    }

    /// <summary>The caller; null when the token is refused.</summary>
    public async ValueTask<Caller?> Authenticate(string? token, CancellationToken cancellation)
    {
        if (string.IsNullOrEmpty(token) || token.Length > MaxToken) return null;
        var hash = Hash(token);
        if (!_known.TryGetValue(hash, out var caller))
        {
            var (actor, expires, reason) = await reader.Read(token, cancellation);
            if (actor is null)
            {
                Refused(reason!);
                return null;
            }

            caller = new Caller(actor, expires, budgets.Of(actor.Tenant.Value, actor.Subject));
            Keep(hash, caller);
        }

        var now = time.GetUtcNow();
        if (caller.Expires <= now)
        {
            _known.TryRemove(hash, out _);
            Refused("exp");
            return null;
        }

        if (caller.IsDueForDirectory(now)) directory.Seen(caller.Actor);
        return caller;
    }

    private void Keep(TokenHash hash, Caller caller)
    {
        if (_known.Count >= MaxKept)
        {
            var now = time.GetUtcNow();
            foreach (var (key, known) in _known)
            {
                if (known.Expires <= now) _known.TryRemove(key, out _);
            }

            if (_known.Count >= MaxKept) _known.Clear();
        }

        _known[hash] = caller;
    }

    private static TokenHash Hash(string token)
    {
        Span<byte> bytes = stackalloc byte[MaxToken];
        // A JWT is ASCII; anything else hashes to what no verified token has, for it fails verification.
        if (!Encoding.UTF8.TryGetBytes(token, bytes, out var length)) return default;
        var hash = default(TokenHash);
        SHA256.HashData(bytes[..length], MemoryMarshal.AsBytes(MemoryMarshal.CreateSpan(ref hash, 1)));
        return hash;
    }

    [StructLayout(LayoutKind.Sequential)]
    private readonly record struct TokenHash(ulong A, ulong B, ulong C, ulong D);
}
