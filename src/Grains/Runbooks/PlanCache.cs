using System.Collections.Immutable;
using Cavra.Actors.Plans;
using Cavra.Actors.Sessions;
using Cavra.Actors.Subjects;

namespace Cavra.Actors.Runbooks;

/// <summary>
/// Compiled plans, so that thousands of sessions a second from one runbook share one plan. At most 1,024; when full it starts anew, which costs a
/// compilation each and needs no bookkeeping.
/// </summary>
internal sealed class PlanCache
{
    private const int Limit = 1024;
    private readonly Dictionary<string, CompiledPlan> _plans = new(StringComparer.Ordinal);
    private readonly Dictionary<QuickKey, PlanReply> _quick = [];

    /// <summary>The answer to a request that was judged before, under the same policy and directory; null when it was not.</summary>
    internal PlanReply? Find(in QuickKey key) => _quick.TryGetValue(key, out var reply) ? reply : null;

    /// <summary>Compiles unless it was, and judges for this requester.</summary>
    internal PlanReply Judge(in QuickKey key, CompileRequest request, ImmutableArray<Subject> directory)
    {
        var cacheKey = request.CacheKey();
        if (!_plans.TryGetValue(cacheKey, out var compiled))
        {
            if (_plans.Count >= Limit) _plans.Clear();
            _plans[cacheKey] = compiled = PlanCompiler.Compile(request);
        }

        var reply = PlanAudience.Judge(compiled, key.Requester, directory);
        if (request.InputsJson.IsEmpty)
        {
            if (_quick.Count >= Limit) _quick.Clear();
            _quick[key] = reply;
        }

        return reply;
    }
}

/// <summary>What an answer without inputs depends on; equal keys have equal answers.</summary>
internal readonly record struct QuickKey(
    string RunbookDigest, int Version, EnvironmentProfile Profile, ValidationMode? Mode, string PolicyRevision, string Requester, long DirectoryVersion);
