using System.Globalization;

namespace Mover.SystemTests.Faults;

/// <summary>A zone's disk: a file system of its own in memory, seen in that zone alone, which stalls or is full on order.</summary>
internal sealed class ZoneDisk(ZoneNetwork network, int zone, string folder)
{
    private const int SizeMiB = 640;

    /// <summary>Where it is mounted.</summary>
    public string Path { get; } = System.IO.Path.Combine(folder, "disk");

    private string Ballast => System.IO.Path.Combine(Path, "ballast");

    public Task MountAsync() => network.RunAsync(
        zone,
        string.Create(CultureInfo.InvariantCulture, $"""
        mkdir -p {folder}/memory {Path}
        mount -t tmpfs -o size={SizeMiB + 32}M tmpfs {folder}/memory
        truncate -s {SizeMiB}M {folder}/memory/image
        mkfs.ext4 -q -F {folder}/memory/image
        mount -o loop {folder}/memory/image {Path}
        """));

    /// <summary>Nothing is written for so long; then it goes on by itself, whatever became of the test.</summary>
    public Task StallAsync(TimeSpan duration) => network.RunAsync(
        zone, string.Create(CultureInfo.InvariantCulture, $"fsfreeze -f {Path}; sleep {duration.TotalSeconds:F1}; fsfreeze -u {Path}"));

    /// <summary>Leaves no room.</summary>
    public Task FillAsync() => network.RunAsync(zone, $"fallocate -l {SizeMiB}M {Ballast} 2>/dev/null || true");

    public Task MakeRoomAsync() => network.RunAsync(zone, $"rm -f {Ballast}");
}
