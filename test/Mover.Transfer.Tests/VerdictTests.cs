using Microsoft.Extensions.Logging.Abstractions;
using Mover.Core.Jobs;
using Mover.Testing;
using Mover.Transfer.Contract;

namespace Mover.Transfer.Tests;

/// <summary>Done is said only when all is done.</summary>
public sealed class VerdictTests
{
    private static Bench WithUnsupported(string name = "bad.")
    {
        var bench = new Bench();
        bench.Source.AddFile(name, "1");
        bench.Target.Judgement = entry =>
            entry.Path.ToString() == name ? (StatusCodes.ItemCharactersUnsupported, "A name ends in a dot.") : null;
        return bench;
    }

    [Fact]
    public async Task What_the_target_cannot_hold_is_an_exception_in_copy_plan_and_verification_alike()
    {
        using var bench = WithUnsupported();
        bench.Source.AddFile("good", "1");

        var plan = await bench.PlanAsync();
        var copied = TransferVerdict.Of(await bench.CopyAsync());
        var (summary, reported) = await bench.VerifyAsync();
        var verified = TransferVerdict.Of(summary);

        Assert.Contains(plan, action => action.Kind is PlannedActionKind.Unsupported && action.Path == EntryPath.Of("bad."));
        Assert.Equal((VerdictKind.CompleteWithExceptions, 1), (copied.Kind, copied.Exceptions.Unsupported));
        Assert.Equal("ItemsUnsupported", Assert.Single(copied.Exceptions.Notes()).Code);
        Assert.Equal((VerdictKind.CompleteWithExceptions, 1, 0), (verified.Kind, summary.ItemsNotCompared, summary.Differences));
        Assert.Equal((DifferenceKind.NotCompared, "bad."), (Assert.Single(reported).Kind, reported[0].Path.ToString()));
    }

    [Fact]
    public async Task A_run_in_which_nothing_could_be_stored_has_failed_however_often_it_is_asked()
    {
        using var bench = WithUnsupported();

        var first = await bench.Run().RunAsync(default);
        var again = await bench.Run().RunAsync(default);

        Assert.Equal((RunOutcome.Failed, RunOutcome.Failed), (first.Outcome, again.Outcome));
        Assert.Contains("Nothing was stored: of 1 items, 1 are unsupported", again.Fault?.Message, StringComparison.Ordinal);
        Assert.Equal(VerdictKind.NothingStored, TransferVerdict.Of(first).Kind);
        Assert.NotNull(first.LedgerPath);
    }

    [Fact]
    public async Task A_folder_that_may_not_be_entered_says_that_what_it_holds_is_not_known()
    {
        using var bench = new Bench();
        bench.Source.AddFile("good", "1").AddFolder("dark");
        bench.Source.ScanFaults[EntryPath.Of("dark")] = new VolumeFault(VolumeFaultKind.Permission, "denied");

        var plan = await bench.PlanAsync();
        var summary = await bench.Run().RunAsync(default);
        var again = await bench.Run().RunAsync(default);
        var verdict = TransferVerdict.Of(summary);

        Assert.Equal((1, 1, 1), (summary.FoldersNotListed, again.FoldersNotListed, summary.Counters.ItemsFailed));
        Assert.Equal(VerdictKind.CompleteWithExceptions, verdict.Kind);
        Assert.Contains(plan, action => TransferExceptions.IsFolderNotListed(action.Type, action.Code));
        Assert.Contains(verdict.Exceptions.Notes(), note =>
            note.Code == "FoldersNotListed" && note.Message.Contains("the items in them were neither counted nor transferred", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Items_that_a_person_excludes_are_not_exceptions()
    {
        using var bench = new Bench();
        bench.Options = bench.Options with { Symlinks = SymlinkPolicy.Skip };
        bench.Source.AddFile("f", "1").AddLink("l", "f");

        var copied = TransferVerdict.Of(await bench.CopyAsync());
        var (summary, _) = await bench.VerifyAsync();

        Assert.Equal((VerdictKind.Complete, VerdictKind.Complete, 1),
            (copied.Kind, TransferVerdict.Of(summary).Kind, summary.ItemsSkipped));
    }

    [Fact]
    public async Task A_ledger_names_what_it_cannot_prove()
    {
        using var bench = WithUnsupported();
        bench.Source.AddFile("kept", "1").AddFile("lost", "1");
        await bench.CopyAsync();
        bench.Source.AddFile("lost", "12");
        var source = new FaultVolume(bench.Source)
        {
            Before = call => call.Operation == "ReadWhole" ? new VolumeFault(VolumeFaultKind.Io, "EIO") : null,
        };
        var run = await bench.CopyAsync(source);
        var reported = new List<Difference>();

        var summary = await Verification.AgainstLedgerAsync(
            run.LedgerPath!, bench.Target, bench.Options, Path.Combine(bench.Folder, "v"), reported.Add, NullLogger.Instance, default);

        Assert.All(reported, item => Assert.Equal(DifferenceKind.NotCompared, item.Kind));
        Assert.Equal(["bad.", "kept", "lost"], reported.Select(item => item.Path.ToString()));
        Assert.Contains("Unsupported: AZSM2022", reported[0].Details, StringComparison.Ordinal);
        Assert.Contains("no content digest", reported[1].Details, StringComparison.Ordinal);
        Assert.Contains("Failed: AZSM2063", reported[2].Details, StringComparison.Ordinal);
        Assert.Equal(VerdictKind.CompleteWithExceptions, TransferVerdict.Of(summary).Kind);
    }
}
