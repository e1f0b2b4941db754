using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Mover.Core.Jobs;
using Mover.Files;
using Mover.Transfer;

namespace Mover.Cli.Transfers;

/// <summary>
/// Where copies keep their journals and ledgers: <c>ROOT/{pair}/{time}</c>, one folder for each pair of source and target and one below it
/// for each run. A run that ended leaves a mark; one without it can be gone on with.
/// </summary>
internal sealed class RunFolders(string root, string source, string target)
{
    /// <summary>Ended runs whose ledgers are kept for a pair.</summary>
    public const int KeptMax = 10;

    private const string EndMark = "ended";
    private const string GuardMark = "guard";
    private readonly string _pair = Path.Combine(
        root, Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes($"{source}\0{target}")))[..16]);

    /// <summary>Where a stop by the delete guard is remembered.</summary>
    public string GuardMarkPath => Path.Combine(_pair, GuardMark);

    /// <summary>The latest run that did not end; null when there is none.</summary>
    public string? FindUnended() => Runs().LastOrDefault(run => !File.Exists(Path.Combine(run, EndMark)));

    /// <summary>What the latest run that ended counted; null when none has, or its ledger is gone.</summary>
    public TransferCounters? FindLastCounters() =>
        Runs().LastOrDefault(run => File.Exists(Path.Combine(run, EndMark))) is { } ended ? RunJournal.FindCounters(ended) : null;

    public string Create(DateTimeOffset now)
    {
        var folder = Path.Combine(_pair, now.UtcDateTime.ToString("yyyyMMdd'T'HHmmss.fff'Z'", CultureInfo.InvariantCulture));
        PrivateFolder.Ensure(_pair);
        return PrivateFolder.Ensure(folder);
    }

    /// <summary>
    /// Marks the run as ended and drops what is older than the kept ones, unended runs before this one among them unless they go on at this
    /// moment.
    /// </summary>
    public void End(string run)
    {
        PrivateFile.Replace(Path.Combine(run, EndMark), []);
        var runs = Runs();
        foreach (
            var stale in runs.Where(r => r != run && !File.Exists(Path.Combine(r, EndMark))).Concat(runs.SkipLast(KeptMax))
                .Distinct(StringComparer.Ordinal).Where(stale => !RunJournal.IsInUse(stale)))
        {
            PrivateFolder.Remove(stale);
        }
    }

    private List<string> Runs() => Directory.Exists(_pair)
        ? [.. Directory.GetDirectories(PrivateFolder.Ensure(_pair)).Order(StringComparer.Ordinal)]
        : [];
}
