using Cavra.Actors.Identity;
using Cavra.Actors.Journal;
using Cavra.Actors.Storage.Sessions;

namespace Cavra.Actors.Storage.Journal;

/// <summary>Sessions' events in PostgreSQL.</summary>
internal sealed class SessionJournal(GroupCommit groupCommit, SessionHistories histories) : ISessionJournal
{
    public ValueTask<AppendResult> Append(SessionCommit commit) => new(groupCommit.AppendAsync(commit));

    public Task<SessionHistory?> Load(SessionId session) => histories.LoadAsync(session);
}
