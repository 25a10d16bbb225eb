using System.Reflection;

namespace Cavra.Actors.Embedded;

/// <summary>The call itself, for filters.</summary>
public interface IInvokable
{
    /// <summary>The name of the interface method.</summary>
    string GetMethodName();

    /// <summary>How many arguments there are.</summary>
    int GetArgumentCount();

    /// <summary>One argument; boxed where it is a value.</summary>
    object? GetArgument(int index);
}

/// <summary>A call on its way to a grain.</summary>
public interface IGrainCallContext
{
    /// <summary>The call.</summary>
    IInvokable Request { get; }

    /// <summary>The grain object.</summary>
    object Grain { get; }

    /// <summary>The calling grain; null when the call comes from outside.</summary>
    GrainId? SourceId { get; }

    /// <summary>The called grain.</summary>
    GrainId TargetId { get; }

    /// <summary>The interface's full name.</summary>
    string InterfaceName { get; }

    /// <summary>The method's name.</summary>
    string MethodName { get; }

    /// <summary>The interface method.</summary>
    MethodInfo InterfaceMethod { get; }

    /// <summary>The result, once <see cref="Invoke"/> has completed; a filter may replace it.</summary>
    object? Result { get; set; }

    /// <summary>Goes on to the next filter, at last to the grain. Without it the grain is not called.</summary>
    Task Invoke();
}

/// <summary>A call that has arrived at its grain.</summary>
public interface IIncomingGrainCallContext : IGrainCallContext
{
    /// <summary>The activation.</summary>
    IGrainContext TargetContext { get; }

    /// <summary>The method of the grain class.</summary>
    MethodInfo ImplementationMethod { get; }
}

/// <summary>
/// Runs around each call inside the called grain's turn. Filters run in the order of registration; a grain that implements the
/// interface itself is the last.
/// </summary>
public interface IIncomingGrainCallFilter
{
    /// <summary>Runs around one call.</summary>
    Task Invoke(IIncomingGrainCallContext context);
}
