using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Mover.Recovery;
using Mover.Recovery.Snapshots;
using Mover.Server.Tests;

namespace Mover.Recovery.Tests.Snapshots;

public sealed class SnapshotFolderTests
{
    [Fact]
    public void A_template_that_was_edited_by_hand_is_refused()
    {
        using var folder = new TempFolder();
        Write(folder.Path, "{\"resources\":[]}", "{\"resources\":[ ]}");

        var refused = Assert.Throws<RecoveryException>(() => SnapshotFolder.Read(folder.Path));

        Assert.Equal("SnapshotDamaged", refused.Code);
        Assert.Contains("digest", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_snapshot_is_read_as_it_was_written()
    {
        using var folder = new TempFolder();
        Write(folder.Path, "{\"resources\":[]}", "{\"resources\":[]}");

        var snapshot = SnapshotFolder.Read(folder.Path);

        Assert.Equal("eastus", snapshot.Manifest.Source.Location);
        Assert.Empty((JsonArray)snapshot.Template["resources"]!);
    }

    private static void Write(string folder, string described, string written)
    {
        var manifest = new SnapshotManifest
        {
            Format = SnapshotManifest.CurrentFormat,
            TakenAt = DateTimeOffset.UnixEpoch,
            TakenBy = "0.1.0",
            Source = new("https://mover.example", "00000000-0000-0000-0000-000000000000", "group", null, "eastus"),
            TemplateDigest = SnapshotFolder.DigestOf(Encoding.UTF8.GetBytes(described)),
        };
        File.WriteAllText(Path.Combine(folder, SnapshotFolder.TemplateName), written);
        File.WriteAllBytes(
            Path.Combine(folder, SnapshotFolder.ManifestName),
            RecoveryJson.ToBytes(JsonSerializer.SerializeToNode(manifest, RecoveryJson.Default.SnapshotManifest)!));
    }
}
