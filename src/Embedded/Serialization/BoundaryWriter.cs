using System.Collections;
using System.Globalization;
using System.Runtime.CompilerServices;

namespace Cavra.Actors.Embedded;

/// <summary>Tags of a written value.</summary>
internal enum BoundaryTag : byte
{
    Null,
    Declared,
    Named,
    End,
    Member,
    Parameter,
}

/// <summary>Writes one value with all that it contains.</summary>
internal sealed class BoundaryWriter(BinaryWriter writer)
{
    internal void Write(object? value, Type declared)
    {
        if (value is null)
        {
            writer.Write((byte)BoundaryTag.Null);
            return;
        }

        declared = Nullable.GetUnderlyingType(declared) ?? declared;
        var type = value.GetType();
        if (type == declared)
        {
            writer.Write((byte)BoundaryTag.Declared);
        }
        else
        {
            writer.Write((byte)BoundaryTag.Named);
            writer.Write(BoundarySerializer.NameOf(type));
        }

        if (KnownTypes.IsLeaf(type))
            BoundaryLeaves.Write(writer, value);
        else if (KnownTypes.PartsOf(type) is { } parts)
            WriteContainer(value, type, parts);
        else if (KnownTypes.IsOwn(type.IsConstructedGenericType ? type.GetGenericTypeDefinition() : type))
            WriteMembers(value, type);
        else
            throw new InvalidOperationException($"{type} is not marked [GenerateSerializer], and Orleans does not know it as immutable.");
    }

    private void WriteMembers(object value, Type type)
    {
        foreach (var level in BoundaryLevel.Of(type))
        {
            foreach (var member in level.Members)
            {
                writer.Write((byte)(member.IsConstructorParameter ? BoundaryTag.Parameter : BoundaryTag.Member));
                writer.Write(member.Id);
                Write(member.Field.GetValue(value), member.Type);
            }

            writer.Write((byte)BoundaryTag.End);
        }
    }

    private void WriteContainer(object value, Type type, Type[] parts)
    {
        if (value is ITuple tuple)
        {
            for (var i = 0; i < tuple.Length; i++)
                Write(tuple[i], typeof(object));
            return;
        }

        if (BoundaryContainers.IsPair(type))
        {
            var (key, item) = BoundaryContainers.Split(value, type);
            Write(key, parts[0]);
            Write(item, parts[1]);
            return;
        }

        if (BoundaryContainers.IsDefault(value, type))
        {
            writer.Write(-1);
            return;
        }

        var item2 = BoundaryContainers.ItemType(parts);
        var items = ((IEnumerable)value).Cast<object?>().Select(i => Encoded(i, item2)).ToList();
        if (BoundaryContainers.IsUnordered(type))
            items.Sort(static (a, b) => a.AsSpan().SequenceCompareTo(b));
        writer.Write(items.Count);
        foreach (var item in items)
            writer.Write(item);
    }

    private static byte[] Encoded(object? item, Type declared)
    {
        using var bytes = new MemoryStream();
        using (var inner = new BinaryWriter(bytes))
            new BoundaryWriter(inner).Write(item, declared);
        return bytes.ToArray();
    }
}

/// <summary>The simple values.</summary>
internal static class BoundaryLeaves
{
    internal static void Write(BinaryWriter writer, object value) => writer.Write(value switch
    {
        string text => text,
        Enum number => Convert.ToString(Convert.ChangeType(number, Enum.GetUnderlyingType(number.GetType()), CultureInfo.InvariantCulture), CultureInfo.InvariantCulture)!,
        DateTime time => time.ToString("O", CultureInfo.InvariantCulture),
        DateTimeOffset time => time.ToString("O", CultureInfo.InvariantCulture),
        TimeOnly time => time.ToString("O", CultureInfo.InvariantCulture),
        DateOnly date => date.ToString("O", CultureInfo.InvariantCulture),
        double number => number.ToString("R", CultureInfo.InvariantCulture),
        float number => number.ToString("R", CultureInfo.InvariantCulture),
        char letter => ((int)letter).ToString(CultureInfo.InvariantCulture),
        Uri uri => uri.OriginalString,
        _ => Convert.ToString(value, CultureInfo.InvariantCulture)!,
    });

    internal static object Read(string text, Type type)
    {
        if (type == typeof(string))
            return text;
        if (type.IsEnum)
            return Enum.ToObject(type, Convert.ChangeType(text, Enum.GetUnderlyingType(type), CultureInfo.InvariantCulture));
        if (type == typeof(DateTime))
            return DateTime.Parse(text, CultureInfo.InvariantCulture, DateTimeStyles.RoundtripKind);
        if (type == typeof(DateTimeOffset))
            return DateTimeOffset.Parse(text, CultureInfo.InvariantCulture, DateTimeStyles.RoundtripKind);
        if (type == typeof(char))
            return (char)int.Parse(text, CultureInfo.InvariantCulture);
        if (type == typeof(Uri))
            return new Uri(text, UriKind.RelativeOrAbsolute);
        if (type == typeof(bool))
            return bool.Parse(text);
        if (type == typeof(CancellationToken))
            return CancellationToken.None;
        var parse = type.GetMethod("Parse", [typeof(string), typeof(IFormatProvider)]);
        return parse is not null
            ? parse.Invoke(null, [text, CultureInfo.InvariantCulture])!
            : (type.GetMethod("Parse", [typeof(string)]) ?? throw new InvalidOperationException($"{type} cannot be read back.")).Invoke(null, [text])!;
    }
}
