#pragma warning disable VSTHRD002 // The tasks whose results are read here have completed.
using System.Reflection;
using System.Runtime.CompilerServices;

namespace Cavra.Actors.Embedded;

/// <summary>A call of one grain method. The proxy emitter derives a class per method, with a field per argument.</summary>
internal abstract class GrainCall : Request, IInvokable
{
    private FieldInfo[]? _arguments;
    private CancellationTokenRegistration _cancellation;

    internal GrainReference Target = null!;

    protected abstract GrainMethod Method { get; }

    internal GrainMethod CalledMethod => Method;

    internal override CallFlags Flags => Method.Flags;

    internal override bool IsInternal => false;

    internal override bool MayForward => true;

    internal bool IsOneWay => Method.Flags.HasFlag(CallFlags.OneWay);

    internal override string Describe() => $"{Method.Name}({Target.GrainId.Key})";

    /// <summary>Fills in who calls, with what context, from what runs on this thread.</summary>
    internal void Prepare(GrainReference target)
    {
        Target = target;
        // Nobody waits for a one-way call, so it cannot be part of a deadlock.
        Caller = IsOneWay ? null : Current;
        Context = RequestContext.Snapshot();
        Activity = System.Diagnostics.Activity.Current;
        SentAt = target.Host.Time.GetTimestamp();
    }

    /// <summary>Called by proxies of methods with a cancellation token: the caller stops waiting at once, the callee sees the token itself.</summary>
    internal void CancelWith(CancellationToken token)
    {
        if (token.CanBeCanceled)
            _cancellation = token.UnsafeRegister(static (state, token) => ((GrainCall)state!).Cancel(token), this);
    }

    /// <summary>Calls the method on the grain; emitted per method.</summary>
    protected abstract Task InvokeOn(object target);

    /// <summary>Ends the caller's wait.</summary>
    protected abstract void Cancel(CancellationToken token);

    /// <summary>The method's own result, once its task has completed.</summary>
    internal abstract object? ResultOf(Task outcome);

    /// <summary>Runs the filters, at last the grain; the task carries the result that the filters leave.</summary>
    protected abstract Task InvokeFiltered(IncomingCallContext context);

    protected sealed override Task Invoke()
    {
        var target = Queue!.TargetOf(this);
        var filters = Queue.FiltersOf(target);
        return filters.Length == 0 ? InvokeOn(target) : InvokeFiltered(new IncomingCallContext(this, target, filters));
    }

    protected sealed override void Settle(Task outcome)
    {
        if (!outcome.IsCompletedSuccessfully)
            Queue!.CallFailed(this, outcome);
        _cancellation.Dispose();
        if (IsOneWay)
        {
            if (outcome.Exception is { } error)
                Target.Host.Log.OneWayFailed(Describe(), error.InnerException!);
            return;
        }

        SettlePromise(outcome);
    }

    protected abstract void SettlePromise(Task outcome);

    protected abstract void FailPromise(Exception error);

    internal sealed override void Fail(Exception error)
    {
        _cancellation.Unregister();
        FailPromise(error);
    }

    internal Task InvokeUnfiltered(object target) => InvokeOn(target);

    string IInvokable.GetMethodName() => Method.Method.Name;

    int IInvokable.GetArgumentCount() => Arguments.Length;

    object? IInvokable.GetArgument(int index) => Arguments[index].GetValue(this);

    private FieldInfo[] Arguments =>
        _arguments ??= [.. GetType().GetFields(BindingFlags.Public | BindingFlags.Instance | BindingFlags.DeclaredOnly).OrderBy(f => f.MetadataToken)];
}

/// <summary>A call of a method without a result.</summary>
internal abstract class VoidCall : GrainCall
{
    private readonly TaskCompletionSource _promise = new();

    internal Task Promise => _promise.Task;

    protected override void FailPromise(Exception error) => _promise.TrySetException(error);

    internal override object? ResultOf(Task outcome) => null;

    protected override void Cancel(CancellationToken token) => _promise.TrySetCanceled(token);

    protected override Task InvokeFiltered(IncomingCallContext context) => context.Invoke();

    protected override void SettlePromise(Task outcome)
    {
        if (outcome.IsCompletedSuccessfully)
            _promise.TrySetResult();
        else
            _promise.TrySetException(Outcomes.ErrorOf(outcome));
    }
}

/// <summary>A call of a method with a result.</summary>
internal abstract class ResultCall<T> : GrainCall
{
    private readonly TaskCompletionSource<T> _promise = new();

    internal Task<T> Promise => _promise.Task;

    protected override void FailPromise(Exception error) => _promise.TrySetException(error);

    internal override object? ResultOf(Task outcome) => ((Task<T>)outcome).GetAwaiter().GetResult();

    protected override void Cancel(CancellationToken token) => _promise.TrySetCanceled(token);

    protected override Task InvokeFiltered(IncomingCallContext context) => InvokeForResult(context);

    private static async Task<T> InvokeForResult(IncomingCallContext context)
    {
        await context.Invoke();
        return context.Result is null ? default! : (T)context.Result;
    }

    protected override void SettlePromise(Task outcome)
    {
        if (outcome.IsCompletedSuccessfully)
            _promise.TrySetResult(Unsafe.As<Task<T>>(outcome).GetAwaiter().GetResult());
        else
            _promise.TrySetException(Outcomes.ErrorOf(outcome));
    }
}

internal static class Outcomes
{
    /// <summary>The error of a failed or cancelled task, the very object that was thrown, so that type and stack reach the caller.</summary>
    internal static Exception ErrorOf(Task task) => task.Exception?.InnerException ?? new TaskCanceledException(task);

    internal static void TrySetFromTask(this TaskCompletionSource promise, Task outcome)
    {
        if (outcome.IsCompletedSuccessfully)
            promise.TrySetResult();
        else
            promise.TrySetException(ErrorOf(outcome));
    }
}
