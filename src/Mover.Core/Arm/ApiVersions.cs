using System.Globalization;
using Mover.Core.Resources.Versions;

namespace Mover.Core.Arm;

/// <summary>The api-versions that the control plane answers, by resource provider. Those of
/// Storage Mover, and what differs between them, are in <see cref="ApiCatalogue"/>.</summary>
public static class ApiVersions
{
    /// <summary>Namespace of Storage Mover.</summary>
    public const string StorageMover = "Microsoft.StorageMover";

    /// <summary>Namespace of storage accounts.</summary>
    public const string Storage = "Microsoft.Storage";

    /// <summary>Namespace of hybrid machines.</summary>
    public const string HybridCompute = "Microsoft.HybridCompute";

    /// <summary>Namespace of role definitions and assignments.</summary>
    public const string Authorization = "Microsoft.Authorization";

    /// <summary>Namespace of the activity log.</summary>
    public const string Insights = "Microsoft.Insights";

    /// <summary>Namespace of private link services.</summary>
    public const string Network = "Microsoft.Network";

    /// <summary>Namespace of groups, subscriptions, providers and everything else that ARM itself answers.</summary>
    public const string Resources = "Microsoft.Resources";

    /// <summary>The newest version of Storage Mover that is answered.</summary>
    public static string StorageMoverLatest => ApiCatalogue.Newest;

    private static readonly Dictionary<string, IReadOnlyList<string>> ByProvider = new(StringComparer.OrdinalIgnoreCase)
    {
        [StorageMover] = ApiCatalogue.Versions,
        [Storage] =
        [
            "2019-06-01", "2021-01-01", "2021-04-01", "2021-09-01", "2022-05-01", "2022-09-01", "2023-01-01", "2023-04-01", "2023-05-01",
            "2024-01-01", "2025-01-01", "2025-06-01",
        ],
        [HybridCompute] = ["2020-08-02", "2021-05-20", "2022-03-10", "2022-12-27", "2024-07-10", "2025-01-13"],
        [Authorization] =
        [
            "2015-07-01", "2018-01-01-preview", "2018-09-01-preview", "2020-03-01-preview", "2020-04-01-preview", "2020-08-01-preview",
            "2020-10-01-preview", "2021-04-01-preview", "2022-04-01", "2022-05-01-preview",
        ],
        [Insights] = ["2014-04-01", "2015-04-01", "2017-03-01-preview"],
        [Network] = ["2022-07-01", "2023-09-01", "2024-05-01"],
        [Resources] =
        [
            "2015-11-01", "2016-06-01", "2016-09-01", "2017-05-10", "2018-02-01", "2018-05-01", "2019-03-01", "2019-05-01", "2019-05-10",
            "2019-06-01", "2019-07-01", "2019-08-01", "2019-10-01", "2019-11-01", "2020-01-01", "2020-06-01", "2020-08-01", "2020-10-01",
            "2021-01-01", "2021-04-01", "2022-01-01", "2022-09-01", "2022-12-01", "2023-07-01", "2024-03-01", "2024-07-01", "2024-11-01",
            "2025-03-01", "2025-04-01", "2026-06-01",
        ],
    };

    /// <summary>The versions of a provider, oldest first; empty for a provider that is not known.</summary>
    public static IReadOnlyList<string> Of(string provider) => ByProvider.GetValueOrDefault(provider) ?? [];

    /// <summary>The providers that are known.</summary>
    public static IReadOnlyCollection<string> Providers => ByProvider.Keys;

    /// <summary>The provider that a path belongs to: the last <c>/providers/{namespace}</c> in it, else ARM itself.</summary>
    public static string ProviderOf(string path)
    {
        const string Mark = "/providers/";
        var at = path.LastIndexOf(Mark, StringComparison.OrdinalIgnoreCase);
        if (at < 0)
        {
            return Resources;
        }

        var rest = path[(at + Mark.Length)..].TrimEnd('/');
        var end = rest.IndexOf('/', StringComparison.Ordinal);
        return end < 0 ? Resources : rest[..end];
    }

    /// <summary>
    /// Null when the version is answered for this provider; otherwise the refusal that lists those that are. Of providers that Mover only
    /// borrows a type from, every version that is a date is answered in the same shape.
    /// </summary>
    public static ArmError? Check(string provider, string? version)
    {
        if (string.IsNullOrEmpty(version))
        {
            return ArmErrors.MissingApiVersion();
        }

        var known = Of(provider);
        return known.Contains(version, StringComparer.OrdinalIgnoreCase) || (IsBorrowed(provider) && IsDate(version))
            ? null
            : ArmErrors.InvalidApiVersion(version, known);
    }

    private static bool IsBorrowed(string provider) =>
        provider.Equals(Storage, StringComparison.OrdinalIgnoreCase) || provider.Equals(HybridCompute, StringComparison.OrdinalIgnoreCase)
        || provider.Equals(Network, StringComparison.OrdinalIgnoreCase);

    private static bool IsDate(string version)
    {
        const string Preview = "-preview";
        var date = version.EndsWith(Preview, StringComparison.OrdinalIgnoreCase) ? version[..^Preview.Length] : version;
        return DateOnly.TryParseExact(date, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out _);
    }
}
