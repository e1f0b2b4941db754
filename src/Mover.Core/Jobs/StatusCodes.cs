namespace Mover.Core.Jobs;

/// <summary>
/// A status code of Azure Storage Mover, <c>AZSMnnnn</c>: 0nnn agent, 1nnn job, 2nnn item.
/// </summary>
/// <param name="Number">0 to 9999.</param>
public readonly record struct StatusCode(int Number)
{
    /// <summary>The code as logs and errors show it, such as <c>AZSM2041</c>.</summary>
    public override string ToString() => $"AZSM{Number:D4}";
}

/// <summary>The status codes in use; meanings as in the service's documentation.</summary>
public static class StatusCodes
{
    /// <summary>Success.</summary>
    public static readonly StatusCode Success = new(0);

    /// <summary>The source could not be mounted or opened.</summary>
    public static readonly StatusCode SourceMountFailed = new(1001);

    /// <summary>The source could not be scanned.</summary>
    public static readonly StatusCode SourceScanError = new(1002);

    /// <summary>The source refused access.</summary>
    public static readonly StatusCode SourcePermission = new(1003);

    /// <summary>The source path does not exist.</summary>
    public static readonly StatusCode SourcePathInvalid = new(1004);

    /// <summary>Another fault of the source.</summary>
    public static readonly StatusCode SourceOther = new(1020);

    /// <summary>The target refused access.</summary>
    public static readonly StatusCode TargetPermission = new(1021);

    /// <summary>The target path does not exist.</summary>
    public static readonly StatusCode TargetPathInvalid = new(1022);

    /// <summary>The lease on the target container was lost.</summary>
    public static readonly StatusCode TargetLeaseLost = new(1023);

    /// <summary>The identity is not authorized on the target.</summary>
    public static readonly StatusCode TargetAuthorization = new(1024);

    /// <summary>Authentication failed.</summary>
    public static readonly StatusCode Authentication = new(1025);

    /// <summary>The target's type is not supported.</summary>
    public static readonly StatusCode TargetTypeUnsupported = new(1026);

    /// <summary>Another job holds the lease on the target.</summary>
    public static readonly StatusCode TargetBusy = new(1027);

    /// <summary>Key Vault refused or does not hold the secret.</summary>
    public static readonly StatusCode KeyVaultAccess = new(1028);

    /// <summary>Another fault of the target.</summary>
    public static readonly StatusCode TargetOther = new(1040);

    /// <summary>Progress could not be sent.</summary>
    public static readonly StatusCode ProgressNotSent = new(1041);

    /// <summary>The job could not be created.</summary>
    public static readonly StatusCode JobNotCreated = new(1042);

    /// <summary>The job could not be resumed.</summary>
    public static readonly StatusCode JobNotResumed = new(1043);

    /// <summary>The job could not be finalized.</summary>
    public static readonly StatusCode JobNotFinalized = new(1044);

    /// <summary>The job was aborted or cancelled.</summary>
    public static readonly StatusCode JobCanceled = new(1045);

    /// <summary>Another fault of the job.</summary>
    public static readonly StatusCode JobOther = new(1060);

    /// <summary>Excluded by a filter.</summary>
    public static readonly StatusCode ItemExcluded = new(2001);

    /// <summary>The target cannot hold this type of file (device, socket, pipe).</summary>
    public static readonly StatusCode ItemTypeUnsupported = new(2021);

    /// <summary>The target cannot hold these characters.</summary>
    public static readonly StatusCode ItemCharactersUnsupported = new(2022);

    /// <summary>A component of the path is too long for the target.</summary>
    public static readonly StatusCode ItemComponentTooLong = new(2023);

    /// <summary>The path is too long for the target.</summary>
    public static readonly StatusCode ItemPathTooLong = new(2024);

    /// <summary>The path has too many levels for the target.</summary>
    public static readonly StatusCode ItemTooDeep = new(2025);

    /// <summary>The file is too large for the target.</summary>
    public static readonly StatusCode ItemTooLarge = new(2026);

    /// <summary>No copy needed: times and sizes are equal.</summary>
    public static readonly StatusCode ItemTimesEqual = new(2041);

    /// <summary>No copy needed: the target compares equal.</summary>
    public static readonly StatusCode ItemEqual = new(2042);

    /// <summary>The source item could not be scanned.</summary>
    public static readonly StatusCode ItemScanFailed = new(2061);

    /// <summary>The source refused access to the item.</summary>
    public static readonly StatusCode ItemSourcePermission = new(2062);

    /// <summary>The source failed while the item was read.</summary>
    public static readonly StatusCode ItemSourceIo = new(2063);

    /// <summary>The source took too long.</summary>
    public static readonly StatusCode ItemSourceTimeout = new(2064);

    /// <summary>The connection to the target failed.</summary>
    public static readonly StatusCode ItemTargetTransport = new(2065);

    /// <summary>The target answered an error status.</summary>
    public static readonly StatusCode ItemTargetStatus = new(2066);

    /// <summary>The target took too long.</summary>
    public static readonly StatusCode ItemTargetTimeout = new(2067);

    /// <summary>The target item could not be scanned.</summary>
    public static readonly StatusCode ItemTargetScanFailed = new(2068);

    /// <summary>The target refused access to the item.</summary>
    public static readonly StatusCode ItemTargetPermission = new(2069);

    /// <summary>The target blob is leased by someone else.</summary>
    public static readonly StatusCode ItemTargetLeased = new(2070);

    /// <summary>A fault of the item that none of the others names.</summary>
    public static readonly StatusCode ItemOther = new(2080);
}
