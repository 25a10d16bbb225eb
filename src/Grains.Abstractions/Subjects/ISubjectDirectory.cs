using System.Collections.Immutable;
using Cavra.Actors.Identity;

namespace Cavra.Actors.Subjects;

/// <summary>
/// Who exists, for quorums (contract details, "Who exists"): configured subjects plus those whose token was seen in the last 30 days. Reads are from
/// memory and cheap.
/// </summary>
public interface ISubjectDirectory
{
    /// <summary>A tenant's subjects with their roles and groups.</summary>
    ImmutableArray<Subject> Subjects(TenantId tenant);

    /// <summary>Rises when any tenant's answer changed; plans made earlier are judged anew.</summary>
    long Version { get; }

    /// <summary>Notes that a token was seen; stored in the background, at most once a minute per subject and set of roles.</summary>
    void Seen(Actor actor);
}

/// <summary>A person or service.</summary>
[GenerateSerializer, Alias("cavra.subject"), Immutable]
public sealed record Subject(string Name, ImmutableArray<string> Roles);
