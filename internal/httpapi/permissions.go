package httpapi

import (
	"maps"
	"slices"

	"loramanager/internal/lora"
)

// ownOperations are about one's own account: its owner may use them in the browser, and
// an account that must change its password may use nothing else.
var ownOperations = []string{
	"readAccount", "patchAccount", "changePassword", "listAccountSessions", "endOtherSessions", "endAccountSession",
	"beginTOTP", "confirmTOTP", "renewRecoveryCodes", "removeTOTP",
	"listPasskeys", "beginPasskey", "addPasskey", "renamePasskey", "removePasskey",
	"listAccountKeys", "addAccountKey", "removeAccountKey", "linkProvider", "unlinkProvider",
}

// permissions says what each operation needs. It is the only list: an operation that is
// neither here nor among openOperations cannot be registered, and a test fails for an
// entry without a route. Where one operation can do more than one thing, its handler asks
// for the rest with mustMay.
var permissions = merge(map[lora.Permission][]string{
	lora.ReadLibrary: {
		"readVersion", "listRoles", "readSettings", "readDocs", "readDescription", "watch",
		"listAdapters", "listFacets", "suggestQuery", "listTags", "readAdapter", "readPreview", "inspectAdapter", "listDigests", "findByDigest",
		"listDuplicates", "listBaseModels", "readSummary", "listTrash", "countMissing", "listRoots", "listScans", "readScan", "listSearches",
		"readAdapterHub", "readHubState", "listHubUpdates", "listHubIgnored",
		"compose", "composeDialects", "expandPrompt", "parsePrompt", "readPicture", "listWildcards", "listWorkflows", "listPresets",
		"listCompositions", "readComposition", "shareComposition", "listCompositionVersions",
		"listBackends", "listEngines", "listEngineLoRAs",
		"listHistory", "listJobs", "listActiveJobs", "readJob", "readProgress", "readQueue",
		"listResults", "listResultFacets", "readResultStats", "readResult", "downloadResult", "readPictureFile", "readThumbnail",
		"listActivityFeed", "listFeaturedLoras", "readDashboardStats",
		"readAnalyticsErrors", "readAnalyticsInsights", "readAnalyticsStats", "readAnalyticsSummary", "readAnalyticsTimeseries",
		"recommendByTrigger", "recommendForActive", "recommendForPrompt", "recommendSimilar", "readEmbedding", "listFeedback", "listPreferences",
		"readRecommendHealth", "readRecommendStats", "readRecommendWeights", "listSidecarFormats",
	},
	lora.MarkOwn: append([]string{
		"favoriteAdapter", "rateAdapter", "favoriteResult", "favoriteResults", "rateResult", "patchSettings",
	}, ownOperations...),
	lora.EditLibrary: {
		"bulkAdapters", "patchAdapter", "activateAdapter", "deactivateAdapter", "undoChange", "applyHubFields", "ignoreHubUpdates", "showHubUpdates",
		"createComposition", "importComposition", "deleteComposition", "replaceComposition", "activateComposition", "duplicateComposition", "restoreComposition",
		"createPreset", "deletePreset", "replacePreset", "createSearch", "deleteSearch", "replaceSearch",
		"giveFeedback", "withdrawFeedback", "setPreference", "deletePreference", "setRecommendWeights", "computeEmbedding",
	},
	lora.RunJobs: {
		"composeAndGenerate", "generate", "queueGeneration", "cancelJob", "moveJob", "retryJob", "uploadPicture", "refreshEngine",
		"listDeliveries", "createDelivery", "readDelivery", "listDeliveryTargets",
	},
	lora.EditResults: {"bulkResults", "deleteResult", "deleteResults", "restoreResult", "tagResult"},
	lora.ExportLibrary: {
		"exportAdapters", "exportAnalytics", "exportResults", "estimateExport", "exportArchive", "planExport", "dropExport", "readExport", "downloadExportPart",
		"listTransfers", "readTransfer", "cancelTransfer",
	},
	lora.ManageFiles: {
		"createAdapter", "trashAdapter", "moveAdapter", "renameAdapter", "restoreAdapter", "rescanAdapter", "computeDigests", "emptyTrash", "purgeMissing",
		"emptyResultTrash", "startScan", "cancelScan", "fetchHubPreview", "lookUpAdapters", "cancelHubLookup", "peekHubFile",
		"listDownloads", "orderDownloads", "addDownload", "deleteDownload", "cancelDownload", "pauseDownload", "resumeDownload", "retryDownload",
		"importArchives", "planImport", "readImport", "setImportPolicy", "applyImport", "listImportItems", "upload", "writeSidecars",
		"computeEmbeddings", "rebuildRecommendIndex",
	},
	lora.ManageJobs: {"pauseQueue", "resumeQueue", "putWorkflow", "deleteWorkflow"},
	lora.MakeBackups: {
		"listBackups", "listBackupHistory", "readBackup", "createBackup", "createBackupNow", "verifyBackup", "rehearseBackup", "downloadBackup",
		"listBackupSchedules", "previewBackupSchedule",
	},
	lora.ReadSystem: {"checkSystem", "listResources", "readSystemStatus", "readMetrics"},
	lora.ManageSystem: {
		"addRoot", "addSampleRoot", "suggestRoots", "removeRoot", "renameRoot", "detectMoveIn", "planMoveIn",
		"addEngine", "testEngineConfig", "removeEngine", "replaceEngine", "testEngine",
		"restoreBackup", "deleteBackup", "addBackupSchedule", "deleteBackupSchedule", "replaceBackupSchedule",
	},
	lora.ManageUsers: {
		"listUsers", "addUser", "readUser", "patchUser", "removeUser", "resetPassword", "removeUserSecondFactor", "endUserSessions", "listKeys", "removeKey",
	},
	lora.ReadAudit: {"listAudit", "exportAudit"},
})

// openOperations answer everybody: they are how one comes in. Beside them only health
// and the web app's own files, which hold no data, are open.
var openOperations = []string{
	"readSession", "login", "loginSecond", "setUp", "logout", "beginPasskeyLogin", "loginPasskey", "startProviderLogin", "finishProviderLogin",
}

// merge turns the list around: from what each permission opens to what each operation
// needs.
func merge(opened map[lora.Permission][]string) map[string]lora.Permission {
	needed := map[string]lora.Permission{}
	for permission, operations := range opened {
		for _, id := range operations {
			needed[id] = permission
		}
	}
	return needed
}

// operationsOf are the ids of the operations a permission opens.
func operationsOf(p lora.Permission) []string {
	var ids []string
	for _, id := range slices.Sorted(maps.Keys(permissions)) {
		if permissions[id] == p {
			ids = append(ids, id)
		}
	}
	return ids
}

// weakestWith is the weakest role that has a permission.
func weakestWith(p lora.Permission) lora.Role {
	for _, r := range lora.Roles {
		if slices.Contains(r.Permissions(), p) {
			return r
		}
	}
	return lora.Administrator
}
