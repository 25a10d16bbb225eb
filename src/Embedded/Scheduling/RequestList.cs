namespace Cavra.Actors.Embedded;

/// <summary>A list of requests through their own links: no memory while empty, removal from the middle in constant time.</summary>
internal struct RequestList
{
    internal Request? First { get; private set; }

    internal Request? Last { get; private set; }

    internal int Count { get; private set; }

    internal void Add(Request request)
    {
        request.Previous = Last;
        request.Next = null;
        if (Last is null)
            First = request;
        else
            Last.Next = request;
        Last = request;
        Count++;
    }

    internal void Remove(Request request)
    {
        if (request.Previous is null)
            First = request.Next;
        else
            request.Previous.Next = request.Next;
        if (request.Next is null)
            Last = request.Previous;
        else
            request.Next.Previous = request.Previous;
        request.Next = request.Previous = null;
        Count--;
    }

    internal List<Request> Clear()
    {
        var all = new List<Request>(Count);
        while (First is { } request)
        {
            Remove(request);
            all.Add(request);
        }

        return all;
    }
}
