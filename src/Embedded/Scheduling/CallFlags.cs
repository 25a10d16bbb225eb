namespace Cavra.Actors.Embedded;

/// <summary>What the interface method's attributes say about a call.</summary>
[Flags]
internal enum CallFlags : byte
{
    None = 0,
    AlwaysInterleave = 1,
    ReadOnly = 2,
    OneWay = 4,
}
