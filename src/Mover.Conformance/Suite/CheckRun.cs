namespace Mover.Conformance.Suite;

/// <summary>Runs one check and says what became of it.</summary>
internal static class CheckRun
{
    public static async Task<CheckResult> RunAsync(Check check, Bench bench)
    {
        bench.Begin();
        if (check.Rule.IsOurs && !bench.IsMover)
        {
            return Result(CheckOutcome.NotApplicable, "the rule is Mover's own decision, and this endpoint is not Mover", null);
        }

        try
        {
            await check.Case.RunAsync(bench);
            return bench.Violations.Count == 0 ? Result(CheckOutcome.Passed, null, null) : Violated();
        }
        catch (NotApplicableException never)
        {
            return Result(CheckOutcome.NotApplicable, never.Message, null);
        }
        catch (RuleBrokenException broken)
        {
            return Result(CheckOutcome.Failed, broken.Message, (broken.Exchange ?? bench.Last)?.Excerpt());
        }
        catch (Exception fault) when (fault is HttpRequestException or InvalidOperationException or TaskCanceledException)
        {
            // The endpoint did not answer, or with something that no check can read.
            return Result(CheckOutcome.Failed, $"{fault.GetType().Name}: {fault.Message}", bench.Last?.Excerpt());
        }

        CheckResult Violated() => Result(
            CheckOutcome.Failed,
            string.Join(' ', bench.Violations.Select(v => v.Violation).Distinct()),
            bench.Violations[0].Exchange.Excerpt());

        CheckResult Result(CheckOutcome outcome, string? reason, string? excerpt) =>
            new(check.Id, check.Rule.Id, check.Version, outcome, reason, excerpt, [.. bench.Operations.Order(StringComparer.Ordinal)]);
    }
}
