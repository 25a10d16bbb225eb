namespace Cavra.Actors.Embedded;

/// <summary>A queue without a grain: an observer, a subscriber outside the grains, a part of the host.</summary>
internal class LocalQueue(EmbeddedGrainHost host, string name, bool reentrant = false) : TurnQueue(host)
{
    internal override string Name => name;

    private protected override bool IsReentrant => reentrant;

    internal override object TargetOf(GrainCall call) => throw new NotSupportedException($"{name} takes no calls.");

    /// <summary>Runs work as turns of this queue.</summary>
    internal Task Run(string what, Func<Task> work)
    {
        var request = new InternalWork(what, work);
        if (!TryAccept(request))
            request.Fail(new GrainHostUnavailableException($"{name} has ended."));
        return request.Done;
    }
}
