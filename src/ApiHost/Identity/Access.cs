using System.Collections.Immutable;
using Cavra.Actors.Identity;

namespace Cavra.Actors.ApiHost.Identity;

/// <summary>The contract's roles; everything else in a token's <c>roles</c> is a group.</summary>
internal static class Roles
{
    public const string Viewer = "viewer";
    public const string Operator = "operator";
    public const string Approver = "approver";
    public const string Admin = "admin";
    public const string Auditor = "auditor";

    /// <summary>All of them: each may read (details, "Start, tools, development identity").</summary>
    public static readonly ImmutableArray<string> All = [Viewer, Operator, Approver, Admin, Auditor];
}

/// <summary>Who may use a route; stands on the group, a route may narrow it. A route without one is refused to everybody.</summary>
internal sealed record Access
{
    private Access(bool open, bool agent, params ReadOnlySpan<string> anyOf) => (IsOpen, IsAgent, AnyOf) = (open, agent, [.. anyOf]);

    /// <summary>Without a token.</summary>
    public static Access Open { get; } = new(open: true, agent: false);

    /// <summary>Every role.</summary>
    public static Access Read { get; } = new(open: false, agent: false, Roles.All.AsSpan());

    /// <summary>Operators.</summary>
    public static Access Operator { get; } = new(open: false, agent: false, Roles.Operator);

    /// <summary>Approvers.</summary>
    public static Access Approver { get; } = new(open: false, agent: false, Roles.Approver);

    /// <summary>Administrators.</summary>
    public static Access Admin { get; } = new(open: false, agent: false, Roles.Admin);

    /// <summary>Auditors.</summary>
    public static Access Auditor { get; } = new(open: false, agent: false, Roles.Auditor);

    /// <summary>Workers, by their certificate on the agent port.</summary>
    public static Access Agent { get; } = new(open: false, agent: true);

    /// <summary>The socket's own handler authenticates, for only it can answer with a close code.</summary>
    public static Access Socket { get; } = new(open: true, agent: false) { IsSocket = true };

    /// <summary>Whether no token is asked for.</summary>
    public bool IsOpen { get; }

    /// <summary>Whether the route is the agent port's.</summary>
    public bool IsAgent { get; }

    /// <summary>Whether the handler authenticates.</summary>
    public bool IsSocket { get; private init; }

    /// <summary>One of these roles must be held.</summary>
    public ImmutableArray<string> AnyOf { get; }

    /// <summary>Whether the actor holds one of the roles.</summary>
    public bool Allows(Actor actor)
    {
        foreach (var role in AnyOf)
        {
            if (actor.Holds(role)) return true;
        }

        return false;
    }
}
