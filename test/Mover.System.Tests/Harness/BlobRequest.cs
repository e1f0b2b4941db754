namespace Mover.SystemTests.Harness;

/// <summary>One request to the Blob service, as the proxy sees it.</summary>
/// <param name="Operation">Such as <c>PutBlob</c>, <c>PutBlock</c>, <c>PutBlockList</c>, <c>PutMetadata</c>, <c>ListBlobs</c>, <c>GetBlockList</c>.</param>
/// <param name="Name">The blob's name; empty for the container.</param>
/// <param name="BlockId">The block's id; empty when it is none.</param>
/// <param name="Number">1 for the first request of any kind.</param>
internal sealed record BlobRequest(string Operation, string Name, string BlockId, long Number)
{
    public bool IsWrite => Operation.StartsWith("Put", StringComparison.Ordinal);

    /// <summary>Reads a request line's target: <c>/account/container/name?query</c>.</summary>
    public static BlobRequest Of(string method, string target, long number)
    {
        var cut = target.IndexOf('?', StringComparison.Ordinal);
        var query = (cut < 0 ? string.Empty : target[(cut + 1)..]).Split('&').Select(pair => pair.Split('=', 2))
            .Where(pair => pair.Length == 2).ToLookup(pair => pair[0], pair => Uri.UnescapeDataString(pair[1]), StringComparer.Ordinal);
        var parts = (cut < 0 ? target : target[..cut]).TrimStart('/').Split('/', 3);
        var name = parts.Length == 3 ? Uri.UnescapeDataString(parts[2]) : string.Empty;
        var what = query["comp"].FirstOrDefault() switch
        {
            "block" => "Block",
            "blocklist" => "BlockList",
            "metadata" => "Metadata",
            "properties" => "Properties",
            "list" => "Blobs",
            _ => "Blob",
        };
        var verb = what == "Blobs" ? "List" : method[..1] + method[1..].ToLowerInvariant();
        return new(verb + what, name, query["blockid"].FirstOrDefault() ?? string.Empty, number);
    }
}

/// <summary>How the proxy misbehaves.</summary>
internal enum Misbehaviour
{
    /// <summary>Answers an error; the service never hears of the request.</summary>
    Answer,

    /// <summary>Breaks the connection when half of the request is read; the service never hears of it.</summary>
    CutRequest,

    /// <summary>Lets the service do the work, and breaks the connection instead of answering.</summary>
    LoseAnswer,

    /// <summary>Breaks the connection in the middle of the answer.</summary>
    CutAnswer,
}

/// <summary>An order to the proxy for one request.</summary>
/// <param name="Kind">What it does.</param>
/// <param name="Status">The status to answer with.</param>
/// <param name="Code">The service's error code to answer with; empty for none.</param>
/// <param name="RetryAfterSeconds">What the answer asks to wait; null for nothing.</param>
internal sealed record Order(Misbehaviour Kind, int Status = 0, string Code = "", int? RetryAfterSeconds = null)
{
    public static Order Answer(int status, string code, int? retryAfterSeconds = null) => new(Misbehaviour.Answer, status, code, retryAfterSeconds);
}
