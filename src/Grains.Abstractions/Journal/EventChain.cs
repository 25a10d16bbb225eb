using System.Buffers;
using System.Buffers.Binary;
using System.Collections.Immutable;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;
using Cavra.Actors.Identity;

namespace Cavra.Actors.Journal;

/// <summary>
/// The hash chain of a session's events: each hash covers the one before and the event's canonical bytes, so an edit, a removal, an insertion or
/// another order shows. Canonical bytes: for each of session_id, event_id, event_type, step_number, payload, actor, worker_id, trace_id,
/// created_at (Unix milliseconds), as UTF-8 text, a big-endian 32-bit length and the text; length 2^32 - 1 and nothing for null.
/// </summary>
public static class EventChain
{
    /// <summary>Length of a hash: SHA-256.</summary>
    public const int HashBytes = 32;

    private const int FieldCount = 9;
    private const int LongestNumber = 20;

    /// <summary>What stands before a session's first event; binds the chain to tenant and session.</summary>
    public static ImmutableArray<byte> Genesis(TenantId tenant, SessionId session) => ImmutableCollectionsMarshal.AsImmutableArray(
        SHA256.HashData(Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $"cavra.chain.v1|{session.Value}|{tenant.Value}"))));

    /// <summary>The event with its hash in place; whatever hash it had does not matter.</summary>
    public static StoredEvent Seal(ImmutableArray<byte> previous, StoredEvent stored) => stored with { Hash = Next(previous, stored) };

    /// <summary>SHA-256 over the previous hash and the event's canonical bytes.</summary>
    public static ImmutableArray<byte> Next(ImmutableArray<byte> previous, StoredEvent stored)
    {
        var bound = HashBytes + (FieldCount * sizeof(uint)) + (4 * LongestNumber)
            + Encoding.UTF8.GetMaxByteCount(
                stored.Payload.Length + stored.EventType.Length + stored.Actor.Length + (stored.WorkerId?.Length ?? 0) + (stored.TraceId?.Length ?? 0));
        var buffer = ArrayPool<byte>.Shared.Rent(bound);
        try
        {
            previous.AsSpan().CopyTo(buffer);
            var length = previous.Length;
            Number(stored.SessionId.Value);
            Number(stored.EventId);
            Text(stored.EventType);
            Number(stored.StepNumber);
            Text(stored.Payload);
            Text(stored.Actor);
            Text(stored.WorkerId);
            Text(stored.TraceId);
            Number(stored.CreatedAt.ToUnixTimeMilliseconds());
            return ImmutableCollectionsMarshal.AsImmutableArray(SHA256.HashData(buffer.AsSpan(0, length)));

            void Number(long? value)
            {
                if (value is not { } number)
                {
                    Text(null);
                    return;
                }
                number.TryFormat(buffer.AsSpan(length + sizeof(uint)), out var written, provider: CultureInfo.InvariantCulture);
                AdvanceBy(written);
            }

            void Text(string? value)
            {
                if (value is null) Advance(uint.MaxValue, 0);
                else AdvanceBy(Encoding.UTF8.GetBytes(value, buffer.AsSpan(length + sizeof(uint))));
            }

            void AdvanceBy(int written) => Advance((uint)written, written);

            void Advance(uint prefix, int written)
            {
                BinaryPrimitives.WriteUInt32BigEndian(buffer.AsSpan(length), prefix);
                length += sizeof(uint) + written;
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    /// <summary>
    /// Checks a session's events from the first on, in the order given. Null when the chain holds; else the id at which it breaks and why. That
    /// the end was cut off shows only against a head kept elsewhere: pass it as <paramref name="head"/>.
    /// </summary>
    public static ChainBreak? Check(TenantId tenant, SessionId session, IEnumerable<StoredEvent> events, ImmutableArray<byte>? head = null)
    {
        var previous = Genesis(tenant, session);
        var expected = 0L;
        foreach (var stored in events)
        {
            expected++;
            if (stored.EventId != expected)
                return new(expected, stored.EventId > expected ? $"event {expected} is missing" : $"event {stored.EventId} stands where {expected} belongs");
            previous = Next(previous, stored);
            if (!previous.AsSpan().SequenceEqual(stored.Hash.AsSpan())) return new(expected, $"event {expected} is not what was written");
        }
        return head is { } known && !known.AsSpan().SequenceEqual(previous.AsSpan())
            ? new(expected + 1, $"the session's head does not follow event {expected}: later events are missing or it was changed")
            : null;
    }
}

/// <summary>Where a chain breaks first.</summary>
public sealed record ChainBreak(long EventId, string Reason);
