using Mover.Core.Resources.Versions;

namespace Mover.Core.Resources;

/// <summary>
/// The kinds of storage endpoints, and what follows from them together. A new kind is a file beside this one and a row in
/// <see cref="Known"/>.
/// </summary>
public sealed class EndpointKinds
{
    private readonly Dictionary<string, EndpointKind> _byType;
    private readonly Dictionary<Type, EndpointKind> _byRecord;

    /// <summary>A set of kinds.</summary>
    public EndpointKinds(IReadOnlyList<EndpointKind> all)
    {
        All = all;
        _byType = all.ToDictionary(kind => kind.Type, StringComparer.Ordinal);
        _byRecord = all.ToDictionary(kind => kind.PropertiesType);
        Pairs = [.. JobTypes.All.SelectMany(PairsOf)];
    }

    /// <summary>The kinds that Mover knows, in the order in which help names them.</summary>
    public static EndpointKinds Known { get; } = new(
    [
        NfsMount.Kind, SmbMount.Kind, BlobContainer.Kind, SmbFileShare.Kind, NfsFileShare.Kind, MultiCloudConnector.Kind, S3WithHmac.Kind,
    ]);

    /// <summary>All of the set.</summary>
    public IReadOnlyList<EndpointKind> All { get; }

    /// <summary>What jobs of each type copy where: the sources of a type with all their targets, those that are storage accounts
    /// first.</summary>
    public IReadOnlyList<(string JobType, string Source, IReadOnlyList<string> Targets)> Pairs { get; }

    /// <summary>The kind with this <c>endpointType</c>; null when there is none.</summary>
    public EndpointKind? Find(string type) => _byType.GetValueOrDefault(type);

    /// <summary>Whether the api-version has the kind of this record; true of every record that is none of a kind.</summary>
    public bool HasKind(string version, Type record) =>
        !_byRecord.TryGetValue(record, out var kind) || !ApiCatalogue.IsNewer(kind.Since, version);

    /// <summary>Whether the api-version has the property, as far as the kind of this record says.</summary>
    public bool HasProperty(string version, Type record, string name) =>
        !_byRecord.TryGetValue(record, out var kind)
        || !kind.Properties.Any(one => one.Name == name && one.Since is { } since && ApiCatalogue.IsNewer(since, version));

    /// <summary>The words of the properties of a kind's record that are newer than the api-version.</summary>
    public IEnumerable<NewValue> NewerWords(string version, Type record) =>
        _byRecord.TryGetValue(record, out var kind)
            ? from property in kind.Properties
              from word in property.NewWords
              where ApiCatalogue.IsNewer(word.Since, version)
              select new NewValue(word.Since, record, property.Name, word.Word, word.ShownAs)
            : [];

    private IEnumerable<(string JobType, string Source, IReadOnlyList<string> Targets)> PairsOf(string jobType)
    {
        var targetsFirst = All.OrderBy(kind => kind.UsedAs != StorageEndpointKinds.Target).ToList();
        return from source in All
               let targets = targetsFirst.Where(target => IsPair(jobType, source, target)).Select(target => target.Type).ToList()
               where targets.Count > 0
               select (jobType, source.Type, (IReadOnlyList<string>)targets);
    }

    private static bool IsPair(string jobType, EndpointKind source, EndpointKind target) =>
        source.Pairs.Any(pair => pair.IsSource && pair.JobType == jobType && pair.Others.Contains(target.Type, StringComparer.Ordinal))
        || target.Pairs.Any(pair => !pair.IsSource && pair.JobType == jobType && pair.Others.Contains(source.Type, StringComparer.Ordinal));
}

/// <summary>Values of <c>endpointType</c>; each stands beside its kind.</summary>
public static partial class StorageEndpointTypes;

/// <summary>Values of <c>endpointKind</c>.</summary>
public static class StorageEndpointKinds
{
    /// <summary>Data is read from it.</summary>
    public const string Source = "Source";

    /// <summary>Data is written to it.</summary>
    public const string Target = "Target";

    /// <summary>Both.</summary>
    public static readonly IReadOnlyList<string> All = [Source, Target];
}

/// <summary>Values of <c>credentials.type</c>.</summary>
public static partial class CredentialTypes;

/// <summary>Values of <c>sourceType</c> of an NFS or SMB mount. The API definition writes them with a hyphen and its examples without;
/// both are known, and answered as they were given.</summary>
public static partial class MountSourceTypes;
