// One site: a project, and for each export of its filer a source, a target and a job definition.

param moverName string
param storageAccountId string
param site string
param host string
param exports string[]

resource mover 'Microsoft.StorageMover/storageMovers@2024-07-01' existing = {
  name: moverName
}

resource project 'Microsoft.StorageMover/storageMovers/projects@2024-07-01' = {
  parent: mover
  name: site
  properties: {
    description: 'Everything from ${host}.'
  }
}

resource sources 'Microsoft.StorageMover/storageMovers/endpoints@2024-07-01' = [
  for (export, at) in exports: {
    parent: mover
    name: '${site}-source-${at}'
    properties: {
      endpointType: 'NfsMount'
      host: host
      export: export
    }
  }
]

resource targets 'Microsoft.StorageMover/storageMovers/endpoints@2024-07-01' = [
  for (export, at) in exports: {
    parent: mover
    name: '${site}-target-${at}'
    properties: {
      endpointType: 'AzureStorageBlobContainer'
      storageAccountResourceId: storageAccountId
      blobContainerName: '${site}-${at}'
    }
  }
]

resource jobs 'Microsoft.StorageMover/storageMovers/projects/jobDefinitions@2024-07-01' = [
  for (export, at) in exports: {
    parent: project
    name: '${site}-${at}'
    properties: {
      description: export
      copyMode: 'Additive'
      sourceName: sources[at].name
      targetName: targets[at].name
    }
  }
]

output jobIds array = [for (export, at) in exports: jobs[at].id]
