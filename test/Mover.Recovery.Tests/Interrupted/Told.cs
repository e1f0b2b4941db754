namespace Mover.Recovery.Tests.Interrupted;

/// <summary>What a person is told of an interruption.</summary>
internal static class Told
{
    /// <summary>All with MOVER_TROUBLES=1; three of them otherwise.</summary>
    public static TheoryData<Trouble> Troubles() => Environment.GetEnvironmentVariable("MOVER_TROUBLES") == "1"
        ? [.. Enum.GetValues<Trouble>()]
        : [Trouble.RightsGo, Trouble.LosesAnAnswer, Trouble.KilledAfter];

    /// <summary>What leaves the most behind: three kinds and a control plane that goes away with MOVER_TROUBLES=1; one kill otherwise.</summary>
    public static TheoryData<Trouble> Kills() => Environment.GetEnvironmentVariable("MOVER_TROUBLES") == "1"
        ? [Trouble.KilledBefore, Trouble.KilledAfter, Trouble.LosesAnAnswer, Trouble.IsAway]
        : [Trouble.KilledAfter];

    /// <summary>Fails unless the fault says what happened and what to do; null is right only where the step could go on.</summary>
    public static void Check(Trouble trouble, int at, Exception? fault)
    {
        var where = $"{trouble} at request {at}: {fault}";
        switch (trouble, fault)
        {
            case (Trouble.ThrottlesTwice or Trouble.LosesAnAnswer, null):
                return;
            case (Trouble.KilledBefore or Trouble.KilledAfter, KilledException):
                return;
            default:
                var told = Assert.IsType<RecoveryException>(fault);
                var code = trouble switch
                {
                    Trouble.RightsGo => "RightsMissing",
                    Trouble.Throttles => "Throttled",
                    _ => "ControlPlaneAway",
                };
                Assert.True(told.Code == code, where);
                Assert.True(told.Advice.Contains("run the same command again", StringComparison.Ordinal), told.Advice);
                Assert.True(trouble is not Trouble.ThrottlesTwice, where);
                return;
        }
    }
}
