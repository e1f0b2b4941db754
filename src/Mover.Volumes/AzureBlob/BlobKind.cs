namespace Mover.Volumes.AzureBlob;

/// <summary>The kinds of blobs. Only block blobs are written: the service keeps each blob of the kind that it was made as.</summary>
internal static class BlobKind
{
    /// <summary>Why nothing can be stored in the place of a blob of this kind, as listings and headers name it; null for a block blob and
    /// where nothing is said.</summary>
    public static string? ObstacleOf(ReadOnlySpan<byte> kind) => kind switch
    {
        _ when kind.IsEmpty || kind.SequenceEqual("BlockBlob"u8) => null,
        _ when kind.SequenceEqual("PageBlob"u8) => Obstacle("a page blob"),
        _ when kind.SequenceEqual("AppendBlob"u8) => Obstacle("an append blob"),
        _ => Obstacle("a blob of another type"),
    };

    /// <summary>The same where the service says it by its code <c>InvalidBlobType</c>.</summary>
    public static string OtherKind { get; } = Obstacle("a blob of another type");

    private static string Obstacle(string kind) =>
        $"The target has {kind} with this name, but Mover writes only block blobs. Delete it, or use another container or folder.";
}
