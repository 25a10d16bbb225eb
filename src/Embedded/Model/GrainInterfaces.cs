namespace Cavra.Actors.Embedded;

/// <summary>Anything that can be called by message.</summary>
public interface IAddressable;

/// <summary>A virtual actor.</summary>
public interface IGrain : IAddressable;

/// <summary>A grain whose key is a string.</summary>
public interface IGrainWithStringKey : IGrain;

/// <summary>A grain whose key is a 64-bit integer.</summary>
public interface IGrainWithIntegerKey : IGrain;

/// <summary>A grain whose key is a <see cref="Guid"/>.</summary>
public interface IGrainWithGuidKey : IGrain;

/// <summary>An object outside the cluster that grains may notify; its methods return <see cref="Task"/> or <see cref="ValueTask"/>.</summary>
public interface IGrainObserver : IAddressable;
