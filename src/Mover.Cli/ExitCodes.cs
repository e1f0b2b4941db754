namespace Mover.Cli;

/// <summary>Every exit code of the program. Scripts branch on them: a code never changes its meaning (docs/exit-codes.md).</summary>
internal static class ExitCodes
{
    /// <summary>Everything that was asked is true.</summary>
    public const int Ok = 0;

    /// <summary>Something broke that none of the others names.</summary>
    public const int Failed = 1;

    /// <summary>The command line is wrong: unknown words, missing or contradicting flags.</summary>
    public const int Usage = 2;

    /// <summary>The control plane or the storage service refused.</summary>
    public const int Refused = 3;

    /// <summary>What was named does not exist.</summary>
    public const int NotFound = 4;

    /// <summary>Nothing answers at the address, or it is not trusted.</summary>
    public const int Unreachable = 5;

    /// <summary>
    /// The transfer ended, but items failed or could not be deleted, no item could be stored, or it was stopped before its end (delete
    /// guard, full target).
    /// </summary>
    public const int Incomplete = 6;

    /// <summary>Source and target differ, or a ledger, a state or a backup does not hold.</summary>
    public const int Differs = 7;

    /// <summary>This machine lacks something: <c>doctor</c> found a failure, <c>demo</c> misses a part, or too few files may be
    /// open.</summary>
    public const int NotReady = 8;

    /// <summary>All went well but for items that the target cannot hold: they are not there.</summary>
    public const int Unsupported = 9;

    /// <summary>No difference was found, but some items could not be compared, or there were none: nothing is proven about them.</summary>
    public const int NotCompared = 10;

    /// <summary>Stopped by the user (SIGINT or SIGTERM).</summary>
    public const int Canceled = 130;
}
