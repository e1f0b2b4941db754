using Mover.Testing;
using Mover.Transfer.Contract;

namespace Mover.Transfer.Tests;

public sealed class MemoryVolumeSourceTests : SourceVolumeContract
{
    private MemoryVolume? _made;

    protected override Task<IVolume> MakeAsync(MemoryVolume content) => Task.FromResult<IVolume>(_made = content);

    protected override Task ChangeAsync(string path, byte[] content)
    {
        _made!.AddFile(path, content, new UnixTime(1_800_000_000, 0));
        return Task.CompletedTask;
    }
}

public sealed class MemoryVolumeTargetTests : TargetVolumeContract
{
    protected override Task<ITargetVolume> MakeAsync() => Task.FromResult<ITargetVolume>(new MemoryVolume());
}

public sealed class FlatMemoryVolumeTargetTests : TargetVolumeContract
{
    protected override Task<ITargetVolume> MakeAsync() => Task.FromResult<ITargetVolume>(new MemoryVolume(MemoryVolume.Flat));
}

public sealed class FaultVolumeTargetTests : TargetVolumeContract
{
    protected override Task<ITargetVolume> MakeAsync() => Task.FromResult<ITargetVolume>(new FaultVolume(new MemoryVolume()));
}
