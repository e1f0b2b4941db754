using System.Text.Json;

namespace Mover.Recovery.Snapshots;

/// <summary>The bytes of a snapshot's files.</summary>
/// <param name="Template"><c>template.json</c>.</param>
/// <param name="Manifest"><c>manifest.json</c>.</param>
/// <param name="Signature"><c>signature.json</c>; null when it is not signed.</param>
internal sealed record SnapshotFiles(byte[] Template, byte[] Manifest, byte[]? Signature)
{
    /// <summary>The files of a snapshot, signed when there is a key.</summary>
    public static SnapshotFiles Of(Snapshot snapshot, SnapshotKey? key)
    {
        var template = RecoveryJson.ToBytes(snapshot.Template);
        var manifest = JsonSerializer.SerializeToNode(snapshot.Manifest, RecoveryJson.Default.SnapshotManifest)?.AsObject() ?? [];
        var unsigned = new SnapshotFiles(template, RecoveryJson.ToBytes(manifest), null);
        return key is null ? unsigned : unsigned with { Signature = key.Sign(unsigned) };
    }
}
