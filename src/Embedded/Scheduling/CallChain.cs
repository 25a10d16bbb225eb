using System.Globalization;
using System.Text;

namespace Cavra.Actors.Embedded;

/// <summary>Reads the chain of calls that led to a request, for deadlock detection and for error messages.</summary>
internal static class CallChain
{
    // A chain as long as this is a bug of its own; the description stops here.
    private const int MostNamed = 32;

    /// <summary>Whether a call further up the request's own chain still runs in this very queue, so that waiting for it would be for ever.</summary>
    internal static bool WaitsForItself(Request request, TurnQueue queue)
    {
        for (var caller = request.Caller; caller is not null; caller = caller.Caller)
        {
            if (caller.Queue == queue && caller.Stage == RequestStage.Running)
                return true;
        }

        return false;
    }

    internal static string DescribeDeadlock(Request request, TurnQueue queue) =>
        $"Deadlock: {queue.Name} is called by a chain of calls that it waits for itself, and it may not interleave: {Describe(request)}. "
        + "Mark the method [AlwaysInterleave], the grain [Reentrant], or make the outer call inside RequestContext.AllowCallChainReentrancy().";

    internal static string DescribeTimeout(Request request, TurnQueue queue, TimeSpan timeout)
    {
        var text = new StringBuilder();
        text.Append(CultureInfo.InvariantCulture, $"No answer within {timeout.TotalSeconds:0.###} s to {Describe(request)}. The call ");
        if (request.Stage == RequestStage.Running)
            return text.Append("had begun; whether it takes effect is not known.").ToString();
        text.Append("had not begun and will not; ");
        if (queue.FirstRunning is { } running)
            text.Append(CultureInfo.InvariantCulture, $"{queue.Name} is busy with {running.Describe()}.");
        else
            text.Append(CultureInfo.InvariantCulture, $"{queue.Name} had not come to it.");
        return text.ToString();
    }

    /// <summary>The chain from the outermost call to this one.</summary>
    internal static string Describe(Request request)
    {
        var names = new List<string>();
        for (var link = request; link is not null && names.Count < MostNamed; link = link.Caller)
            names.Add(link.Describe());
        names.Reverse();
        return string.Join(" -> ", names);
    }
}
