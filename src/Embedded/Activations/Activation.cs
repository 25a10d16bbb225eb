namespace Cavra.Actors.Embedded;

internal enum ActivationLife : byte
{
    Created,
    Activating,
    Valid,
    Deactivating,
    Ended,
}

/// <summary>One grain in memory: its object, its mailbox, its life from the first call to its end.</summary>
internal sealed partial class Activation : TurnQueue, IGrainContext
{
    // A call sent on from one ending activation to the next more often than this fails: the grain ends itself at every start.
    private const int MostForwards = 4;

    private readonly GrainId _id;
    private ActivationLife _life;
    private bool _drainFirst;
    private DeactivationReason? _ending;
    private long _keepUntil;
    private HashSet<GrainTimer>? _timers;
    private TaskCompletionSource? _ended;
    private ActivationServices? _services;
    private List<IStateToLoad>? _states;
    private GrainReference? _reference;

    internal Activation(EmbeddedGrainHost host, GrainClass grainClass, GrainId id) : base(host)
    {
        Class = grainClass;
        _id = id;
        LastUse = host.Time.GetTimestamp();
    }

    /// <summary>The activation whose code runs on this thread.</summary>
    internal static Activation? Current => Request.Current?.Queue as Activation;

    internal GrainClass Class { get; }

    internal IGrainBase? Instance { get; private set; }

    /// <summary>What the grain's stream subscriptions hand items to; null until it subscribes.</summary>
    internal StreamObservers? StreamObservers { get; set; }

    internal override string Name => GrainId.ToString();

    public GrainId GrainId => _id;

    public object? GrainInstance => Instance;

    public GrainReference GrainReference => _reference ??= Host.Reference(Class.PrimaryInterface, _id, Class, null);

    public IServiceProvider ActivationServices => _services ??= new ActivationServices(this);

    public Task Deactivated
    {
        get
        {
            lock (Gate)
            {
                if (_life == ActivationLife.Ended || Killed)
                    return Task.CompletedTask;
                _ended ??= new TaskCompletionSource();
                return _ended.Task;
            }
        }
    }

    private protected override bool IsReentrant => Class.IsReentrant;

    private protected override bool IsOpen => !Killed && _life != ActivationLife.Ended;

    internal override object TargetOf(GrainCall call) => Instance!;

    internal override IIncomingGrainCallFilter[] FiltersOf(object target) => Host.FiltersOf(target);

    public void Deactivate(DeactivationReason deactivationReason, CancellationToken cancellationToken = default) => Deactivate(deactivationReason, drainFirst: false);

    /// <param name="drainFirst">True: what waits is run here first. False: it goes to a fresh activation.</param>
    internal void Deactivate(DeactivationReason reason, bool drainFirst)
    {
        lock (Gate)
        {
            if (!IsOpen)
                return;
            _drainFirst |= drainFirst && _ending is null;
            _ending ??= reason;
        }

        Nudge();
    }

    /// <summary>Ends the activation if it has been idle for its class's age; answers whether it does.</summary>
    internal bool TryCollect(long now)
    {
        lock (Gate)
        {
            if (_life != ActivationLife.Valid || _ending is not null || !IsQuiet || Class.CollectionAge is not { } age || now < _keepUntil
                || Host.Time.GetElapsedTime(LastUse, now) < age)
                return false;
            _ending = new DeactivationReason(DeactivationReasonCode.ActivationIdle, $"Idle for {age}.");
        }

        Nudge();
        return true;
    }

    internal void DelayDeactivation(TimeSpan time)
    {
        lock (Gate)
        {
            _keepUntil = time == Timeout.InfiniteTimeSpan || time == TimeSpan.MaxValue ? long.MaxValue
                : time <= TimeSpan.Zero ? 0
                : Host.Time.GetTimestamp() + (long)(time.TotalSeconds * Host.Time.TimestampFrequency);
        }
    }

    internal void AddState(IStateToLoad state) => (_states ??= []).Add(state);

    internal GrainTimer AddTimer(Func<CancellationToken, Task> callback, GrainTimerCreationOptions options)
    {
        lock (Gate)
        {
            if (_life is ActivationLife.Deactivating or ActivationLife.Ended || Killed)
                throw new InvalidOperationException($"{Name} ends; it takes no new timer.");
            var timer = new GrainTimer(this, callback, options);
            (_timers ??= []).Add(timer);
            timer.Start();
            return timer;
        }
    }

    internal void RemoveTimer(GrainTimer timer)
    {
        lock (Gate)
            _timers?.Remove(timer);
    }

    internal override void CallFailed(GrainCall call, Task outcome)
    {
        // As in Orleans: an activation whose stored state is not what it believed is worthless.
        if (outcome.Exception?.InnerException is InconsistentStateException conflict)
            Deactivate(new DeactivationReason(DeactivationReasonCode.ApplicationError, conflict, $"{call.Describe()} met a version conflict in storage."));
    }

    private protected override bool MayBeginAny(Request request) =>
        _life == ActivationLife.Valid && (_ending is null || _drainFirst || (RunningCount > 0 && InOpenSection(request)));

    private protected override bool HasLifecycleWork(int waiting) =>
        _life == ActivationLife.Created || (_life == ActivationLife.Valid && _ending is not null && (!_drainFirst || waiting == 0));

    private protected override Request? NextOfLifecycle(int waiting)
    {
        if (!HasLifecycleWork(waiting))
            return null;
        var begins = _life == ActivationLife.Created;
        _life = begins ? ActivationLife.Activating : ActivationLife.Deactivating;
        return new Lifecycle(this, begins);
    }
}
