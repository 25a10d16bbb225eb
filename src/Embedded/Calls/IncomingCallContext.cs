using System.Reflection;

namespace Cavra.Actors.Embedded;

/// <summary>One call's way through the filters; made only when there are any.</summary>
internal sealed class IncomingCallContext(GrainCall call, object target, IIncomingGrainCallFilter[] filters) : IIncomingGrainCallContext
{
    private int _next;

    public IInvokable Request => call;

    public object Grain => target;

    public GrainId? SourceId => call.Caller?.Queue is Activation source ? source.GrainId : null;

    public GrainId TargetId => call.Target.GrainId;

    public string InterfaceName => call.CalledMethod.InterfaceType.FullName!;

    public string MethodName => call.CalledMethod.Method.Name;

    public MethodInfo InterfaceMethod => call.CalledMethod.Method;

    public object? Result { get; set; }

    public IGrainContext TargetContext => (IGrainContext)call.Queue!;

    public MethodInfo ImplementationMethod => call.CalledMethod.ImplementationIn(target.GetType());

    public async Task Invoke()
    {
        if (_next < filters.Length)
        {
            await filters[_next++].Invoke(this);
            return;
        }

        var task = call.InvokeUnfiltered(target);
        await task;
        Result = call.ResultOf(task);
    }
}
