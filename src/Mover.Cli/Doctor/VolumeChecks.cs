using System.CommandLine;
using System.Globalization;
using Mover.Cli.Frame;
using Mover.Cli.Progress;
using Mover.Cli.Transfers;
using Mover.Transfer.Contract;
using Mover.Transfer.Digests;

namespace Mover.Cli.Doctor;

/// <summary>Checks that sources can be read, as far as a bounded look tells, and that targets take writes.</summary>
internal sealed class VolumeChecks(ParseResult parsed, BlobCredentials credentials, Terminal terminal)
{
    /// <summary>Entries of a source that are looked at.</summary>
    public const int EntriesMax = 10_000;

    /// <summary>Files of a source whose first byte is read.</summary>
    public const int FilesMax = 200;

    private const int NamedMax = 5;

    public async Task<List<Finding>> ReadAsync(Location location, CancellationToken cancel)
    {
        try
        {
            await using var volume = await OpenAsync(location, isTarget: false, cancel);
            return await LookAsync(volume, location, cancel);
        }
        catch (Exception fault) when (fault is VolumeException or CliException)
        {
            return [Finding.Fail("source", $"{location}: {fault.Message}", "See docs/nfs-exports.md: the port, the user id, root squash.")];
        }
    }

    /// <summary>Sends one block and never commits it: nothing becomes visible, and the service forgets it.</summary>
    public async Task<Finding> WriteAsync(Location location, CancellationToken cancel)
    {
        try
        {
            await using var volume = await OpenAsync(location, isTarget: true, cancel);
            if (location is BlobLocation && volume is ITargetVolume target)
            {
                var entry = new Entry { Path = EntryPath.Of($".mover-doctor-{Guid.NewGuid():N}"), Type = EntryType.File, SizeBytes = 1 };
                await using var blocks = await target.OpenBlocksAsync(entry, 1, "doctor", cancel);
                await blocks.WriteAsync(0, new byte[1], Crc64.Compute(new byte[1]), cancel);
            }

            return Finding.Ok("target", $"{location} exists and is writable");
        }
        catch (Exception fault) when (fault is VolumeException or CliException)
        {
            return Finding.Fail(
                "target", $"{location}: {fault.Message}",
                "Check the account's name and firewall, that the container exists, "
                    + "and that the role Storage Blob Data Contributor is assigned.");
        }
    }

    private static async Task<List<Finding>> LookAsync(IVolume volume, Location location, CancellationToken cancel)
    {
        var (entries, files, unreadable) = (0, 0, new List<string>());
        var (hidden, one) = (0, new byte[1]);
        await foreach (var batch in volume.ScanAsync(cancel))
        {
            foreach (var entry in batch.Take(EntriesMax - entries))
            {
                entries++;
                var fault = entry.Fault;
                if (fault is null && entry is { Type: EntryType.File, SizeBytes: > 0 } && files < FilesMax)
                {
                    files++;
                    fault = await FindFaultAsync(volume, entry, one, cancel);
                }

                if (fault is not null && ++hidden <= NamedMax)
                {
                    unreadable.Add($"{entry.Path}{(entry.Type == EntryType.Folder ? "/ (and what is below it)" : string.Empty)}");
                }
            }

            if (entries >= EntriesMax)
            {
                break;
            }
        }

        var looked = $"{location}: {Figures.Count(entries)}{(entries >= EntriesMax ? " or more" : string.Empty)} entries listed, "
            + $"{Figures.Count(files)} files opened, as uid {UserId()}";
        return hidden == 0
            ? [Finding.Ok("source", looked)]
            :
            [
                Finding.Fail(
                    "source",
                    $"{looked}; {Figures.Count(hidden)} cannot be read: {string.Join(", ", unreadable)}"
                        + (hidden > NamedMax ? ", …" : string.Empty),
                    "Run the agent as a user that can read them, or export with no_root_squash; see docs/nfs-exports.md."),
            ];
    }

    private static async Task<VolumeFault?> FindFaultAsync(IVolume volume, Entry entry, byte[] one, CancellationToken cancel)
    {
        try
        {
            await using var reader = await volume.OpenAsync(entry, cancel);
            await reader.ReadAsync(one, 0, cancel);
            return null;
        }
        catch (VolumeException refused)
        {
            return refused.Fault;
        }
    }

    private async Task<IVolume> OpenAsync(Location location, bool isTarget, CancellationToken cancel)
    {
        if (location is LocalLocation local)
        {
            LocalFolders.Prepare(local, EndUse.Source);
        }

        // A folder is looked at as a source even when it is a target: nothing in it is changed.
        var container = location as BlobLocation;
        return await location.Place.OpenAsync(
            new(isTarget && container is not null, terminal.Clock)
            {
                SpillFolder = StateFolder.SpillOf(StateFolder.Open(null, terminal)),
                Credential = container is null ? null : credentials.Read(parsed, terminal, container, target: null),
            },
            cancel);
    }

    private static string UserId() => Files.PrivateFolder.UserId.ToString(CultureInfo.InvariantCulture);
}
