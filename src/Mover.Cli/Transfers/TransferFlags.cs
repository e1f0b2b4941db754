using System.CommandLine;
using Mover.Cli.Frame;
using Mover.Transfer;

namespace Mover.Cli.Transfers;

/// <summary>The flags that say how to transfer; the same for a copy, a plan and a verification.</summary>
internal sealed class TransferFlags
{
    private static readonly Dictionary<string, IntegrityMode> Checks = new(StringComparer.OrdinalIgnoreCase)
    {
        ["none"] = IntegrityMode.None,
        ["md5"] = IntegrityMode.SaveFileMd5,
        ["md5-verify"] = IntegrityMode.SaveVerifyFileMd5,
    };

    private static readonly Dictionary<string, SymlinkPolicy> Links = new(StringComparer.OrdinalIgnoreCase)
    {
        ["auto"] = SymlinkPolicy.ByTraits,
        ["resolve"] = SymlinkPolicy.Resolve,
        ["preserve"] = SymlinkPolicy.Preserve,
        ["skip"] = SymlinkPolicy.Skip,
    };

    private readonly Option<string> _mode = Word(
        "--mode", "What to do with target items that the source does not have: "
            + "keep (additive) or delete (mirror) them.", "additive", ["additive", "mirror"]);
    private readonly Option<string> _check = Word(
        "--check", "Digests in addition to the CRC-64 of every upload: none, md5 (stored), md5-verify (stored, then read back).", "none",
        [.. Checks.Keys]);
    private readonly Option<string> _symlinks = Word(
        "--symlinks",
        "Store links as links (preserve), as the file they point to (resolve), not at all (skip), or as suits the target (auto).",
        "auto", [.. Links.Keys]);
    private readonly Option<string> _compare = Word(
        "--compare",
        "How to detect unchanged files: by size and times (times), or by the content of both sides (content), which repairs what "
            + "verify finds.",
        "times", ["times", "content"]);
    private readonly Option<bool> _noPreserve = new("--no-preserve") { Description = "Do not keep owner, permissions and times." };
    private readonly Option<string?> _bandwidth = new("--bandwidth")
    {
        Description = "Maximum upload rate per second, such as 50MiB.",
        HelpName = "size",
    };
    private readonly Option<int?> _concurrency = new("--concurrency")
    {
        Description = "Number of concurrent requests; depends on the target by default.",
        HelpName = "n",
    };
    private readonly Option<string?> _memory = new("--memory")
    {
        Description = "Memory for content in transit; 64MiB by default.",
        HelpName = "size",
    };
    private readonly Option<string?> _deleteGuard = new("--delete-guard")
    {
        Description = "Stop a mirror that would delete more than this share of the target's items, such as 50%; off turns the guard "
            + "off. By default, 50% from 100 deletions on; after a stop, the option must be specified.",
        HelpName = "share",
    };

    public void AddTo(Command command)
    {
        foreach (
            var option in new Option[]
            {
                _mode, _check, _compare, _symlinks, _noPreserve, _bandwidth, _concurrency, _memory, _deleteGuard,
            })
        {
            command.Add(option);
        }
    }

    public TransferOptions Read(ParseResult parsed)
    {
        var options = new TransferOptions
        {
            Mode = IsMirror(parsed) ? CopyMode.Mirror : CopyMode.Additive,
            Integrity = Checks[parsed.GetRequiredValue(_check)],
            Compare = parsed.GetRequiredValue(_compare).Equals("content", StringComparison.OrdinalIgnoreCase) ? CompareBy.Content
                : CompareBy.Times,
            Symlinks = Links[parsed.GetRequiredValue(_symlinks)],
            PreserveMetadata = !parsed.GetValue(_noPreserve),
            Concurrency = parsed.GetValue(_concurrency) is { } n ? InRange(n) : null,
            UploadLimit = parsed.GetValue(_bandwidth) is { } rate ? Bandwidth(rate) : null,
        };
        options = parsed.GetValue(_memory) is { } memory ? options with { BufferBytes = Sizes.Parse("--memory", memory) } : options;
        return parsed.GetValue(_deleteGuard) is { } guard ? options with { DeleteGuard = Guard(guard) } : options;
    }

    public bool IsMirror(ParseResult parsed) => parsed.GetRequiredValue(_mode).Equals("mirror", StringComparison.OrdinalIgnoreCase);

    private static int InRange(int concurrency) => concurrency is >= 1 and <= 1024
        ? concurrency
        : throw CliException.Usage("--concurrency must be 1 to 1024.");

    /// <summary>An engine takes 0 for a pause, which nobody could end here.</summary>
    private static long Bandwidth(string text) => Sizes.Parse("--bandwidth", text) is > 0 and var rate
        ? rate
        : throw CliException.Usage($"--bandwidth '{text}' would upload nothing.", "Omit the option for no limit.");

    private static DeleteGuard Guard(string text)
    {
        if (text.Equals("off", StringComparison.OrdinalIgnoreCase))
        {
            return new(ShareMax: 1) { IsStated = true };
        }

        var isShare = double.TryParse(text.TrimEnd('%', ' '), System.Globalization.CultureInfo.InvariantCulture, out var percent)
            && percent is >= 0 and <= 100;
        return isShare
            ? new(percent / 100, ItemsMin: 1) { IsStated = true }
            : throw CliException.Usage($"--delete-guard '{text}' is not a valid share.", "Use a share such as 50%, or off.");
    }

    private static Option<string> Word(string name, string description, string fallback, string[] words)
    {
        var option = new Option<string>(name)
        {
            Description = description,
            DefaultValueFactory = _ => fallback,
            HelpName = string.Join('|', words),
        };
        option.AcceptOnlyFromAmong(StringComparer.OrdinalIgnoreCase, words);
        return option;
    }
}
