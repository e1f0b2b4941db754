namespace Mover.Volumes.AzureBlob;

/// <summary>One request as the client will make it, perhaps twice: everything but credentials.</summary>
/// <param name="method">The HTTP method.</param>
/// <param name="name">The escaped blob name; null for a call to the container.</param>
/// <param name="query">The query without question mark and credentials, values escaped; empty for none.</param>
internal sealed class BlobCall(HttpMethod method, string? name, string query = "")
{
    public HttpMethod Method { get; } = method;

    public string? Name { get; } = name;

    public string Query { get; } = query;

    /// <summary>The body; null for none.</summary>
    public ReadOnlyMemory<byte>? Content { get; init; }

    /// <summary>The content's MD5 in base64, for the service to check and keep; null for none.</summary>
    public string? ContentMd5 { get; init; }

    /// <summary>The ETag that must still be there; null for any.</summary>
    public string? IfMatch { get; init; }

    /// <summary>How many bytes of answer are expected, for the time limit.</summary>
    public long AnswerBytes { get; init; }

    /// <summary>Names and values of the <c>x-ms-</c> headers; names in lower case, keys of metadata as they are.</summary>
    public List<KeyValuePair<string, string>> Headers { get; } = new(16);

    public void Add(string header, string value) => Headers.Add(new(header, value));
}
