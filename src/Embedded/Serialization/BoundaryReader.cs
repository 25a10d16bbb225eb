using System.Runtime.CompilerServices;

namespace Cavra.Actors.Embedded;

/// <summary>Reads one value with all that it contains.</summary>
internal sealed class BoundaryReader(BinaryReader reader, Func<string, Type> resolve)
{
    internal object? Read(Type declared)
    {
        var tag = (BoundaryTag)reader.ReadByte();
        if (tag == BoundaryTag.Null)
            return null;
        var type = tag == BoundaryTag.Named ? resolve(reader.ReadString()) : Nullable.GetUnderlyingType(declared) ?? declared;
        if (KnownTypes.IsLeaf(type))
            return BoundaryLeaves.Read(reader.ReadString(), type);
        return KnownTypes.PartsOf(type) is { } parts ? ReadContainer(type, parts) : ReadMembers(type);
    }

    private object ReadMembers(Type type)
    {
        var value = RuntimeHelpers.GetUninitializedObject(type);
        foreach (var level in BoundaryLevel.Of(type))
        {
            while ((BoundaryTag)reader.ReadByte() is var tag && tag != BoundaryTag.End)
            {
                var id = reader.ReadUInt32();
                var member = level.Members.Single(m => m.Id == id && m.IsConstructorParameter == (tag == BoundaryTag.Parameter));
                member.Field.SetValue(value, Read(member.Type));
            }
        }

        return value;
    }

    private object ReadContainer(Type type, Type[] parts)
    {
        if (typeof(ITuple).IsAssignableFrom(type))
            return Activator.CreateInstance(type, Array.ConvertAll(parts, _ => Read(typeof(object))))!;
        if (BoundaryContainers.IsPair(type))
            return Activator.CreateInstance(type, Read(parts[0]), Read(parts[1]))!;
        var count = reader.ReadInt32();
        if (count < 0)
            return Activator.CreateInstance(type)!;
        var items = new List<object?>(count);
        var item = BoundaryContainers.ItemType(parts);
        for (var i = 0; i < count; i++)
            items.Add(Read(item));
        return BoundaryContainers.Build(type, parts, items);
    }
}
