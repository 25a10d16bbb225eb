using System.Buffers.Text;
using System.Collections.Immutable;
using System.Text;
using Cavra.Actors.Queries;

namespace Cavra.Actors.ApiHost.Http;

/// <summary>Lists: <c>{items, next_cursor}</c> with an opaque cursor.</summary>
internal static class Paging
{
    /// <summary>Answers a page of a reader, which throws <see cref="BadCursorException"/> for a cursor that is not its own.</summary>
    public static async Task Answer<T>(HttpContext context, Func<Task<Page<T>>> read)
    {
        Page<T> page;
        try
        {
            page = await read();
        }
        catch (Exception e) when (e is BadCursorException or FormatException)
        {
            await ProblemAnswer.Invalid(context, "cursor", "is not a cursor of this list");
            return;
        }

        await Http.Answer.Json(context, StatusCodes.Status200OK, page);
    }

    /// <summary>Cuts a page out of what is in memory, in order of a key; the cursor is the last key given.</summary>
    public static Page<T> Cut<T>(IEnumerable<T> all, Func<T, string> key, int limit, string? cursor)
    {
        var after = cursor is null ? null : Encoding.UTF8.GetString(Base64Url.DecodeFromChars(cursor));
        var rest = all.OrderBy(key, StringComparer.Ordinal).SkipWhile(i => after is not null && string.CompareOrdinal(key(i), after) <= 0).Take(limit + 1).ToImmutableArray();
        return rest.Length <= limit
            ? new Page<T>(rest, null)
            : new Page<T>(rest[..limit], Base64Url.EncodeToString(Encoding.UTF8.GetBytes(key(rest[limit - 1]))));
    }
}
